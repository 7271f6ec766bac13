/**
 * A small, strict S3 of our own: checks every signature and every hash, and knows multipart uploads and conditions. What it holds can be
 * looked at, and it can be told to misbehave.
 */

import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** An object. */
export interface FakeObject {
  readonly bytes: Buffer;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly modified: Date;
}

/** An upload that is open. */
export interface FakeUpload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly initiated: Date;
}

/** A request, as a test sees it. */
export interface SeenRequest {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
}

/** An answer. */
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

const MIN_PART_BYTES = 5 * 2 ** 20;
const MAX_SKEW_MS = 15 * 60_000;
const KEPT_HEADERS =
  /^(?:content-type|cache-control|x-amz-meta-.*|x-amz-storage-class|x-amz-tagging|x-amz-server-side-encryption.*|x-amz-acl)$/;
const KEEP_ALIVE = { "content-type": "application/xml" };

/** One bucket on one server. */
export class FakeS3 {
  readonly credentials = { accessKeyId: "FAKEKEY", secretAccessKey: "fake/secret+of=tests" };
  readonly bucket: string;
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, FakeUpload>();
  readonly requests: SeenRequest[] = [];
  /** The region that signatures have to be for. */
  region = "us-east-1";
  /** Milliseconds that its clock is ahead. */
  skewMs = 0;
  /** The session token that requests need. */
  sessionToken: string | null = null;
  /** Asked before a request is carried out; an answer takes its place. */
  before: ((request: SeenRequest) => Answer | null | Promise<Answer | null>) | null = null;
  url = "";
  #ids = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** Has this bucket and no other. */
  constructor(bucket = "bucket") {
    this.bucket = bucket;
  }

  /** Starts to listen. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets everything. */
  reset(): void {
    this.objects.clear();
    this.uploads.clear();
    this.requests.length = 0;
    this.before = null;
    this.sessionToken = null;
    this.region = "us-east-1";
    this.skewMs = 0;
  }

  /** What an error looks like. */
  error(
    status: number,
    code: string,
    more = "",
    headers: Readonly<Record<string, string>> = {},
  ): Answer {
    return {
      status,
      headers: { ...KEEP_ALIVE, ...headers },
      body:
        `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${code} &amp; more</Message>${more}</Error>`,
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // A body that is cut is no request.
      return;
    }
    const body = Buffer.concat(chunks);
    const length = request.headers["content-length"];
    if (length !== undefined && Number(length) !== body.length) return;
    let answer: Answer;
    try {
      answer = await this.#answer(request, body);
    } catch (error) {
      answer = this.error(500, "BugInTheFake", String(error));
    }
    const headers: Record<string, string> = {
      date: new Date(Date.now() + this.skewMs).toUTCString(),
      "x-amz-request-id": "FAKE",
      ...answer.headers,
    };
    const content = Buffer.from(answer.body ?? "");
    headers["content-length"] ??= String(content.length);
    response.writeHead(answer.status, headers);
    response.end(request.method === "HEAD" ? undefined : content);
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const url = new URL(request.url!, this.url);
    const [, bucket = "", ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    const seen = {
      method: request.method!,
      key,
      query: url.searchParams,
      headers: request.headers,
    };
    this.requests.push(seen);
    const instead = await this.before?.(seen);
    if (instead) return instead;
    const refusal = this.#checkSignature(request, url, body);
    if (refusal !== null) return refusal;
    if (bucket !== this.bucket) return this.error(404, "NoSuchBucket");
    return key === "" ? this.#ofBucket(seen) : this.#ofObject(seen, body);
  }

  #checkSignature(request: IncomingMessage, url: URL, body: Buffer): Answer | null {
    const { headers } = request;
    const match =
      /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/
        .exec(headers.authorization ?? "");
    if (match === null) return this.error(403, "AccessDenied");
    const [, id, day, region, names, signature] = match;
    if (id !== this.credentials.accessKeyId) return this.error(403, "InvalidAccessKeyId");
    if (region !== this.region) {
      return this.error(400, "AuthorizationHeaderMalformed", `<Region>${this.region}</Region>`);
    }
    const hash = headers["x-amz-content-sha256"];
    if (hash !== createHash("sha256").update(body).digest("hex")) {
      return this.error(400, "XAmzContentSHA256Mismatch");
    }
    const signed = names!.split(";");
    // Everything of Amazon's, and what decides what happens, has to be signed.
    for (const name of Object.keys(headers)) {
      if (/^(?:x-amz-|host$|content-type$|if-)/.test(name) && !signed.includes(name)) {
        return this.error(403, "AccessDenied", `<Unsigned>${name}</Unsigned>`);
      }
    }
    const time = headers["x-amz-date"] as string;
    const query = [...url.searchParams]
      .map(([name, value]) => `${strict(name)}=${strict(value)}`)
      .sort((a, b) => (a < b ? -1 : 1)).join("&");
    const canonical = [
      request.method,
      url.pathname,
      query,
      ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
      "",
      names,
      hash,
    ].join("\n");
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = [
      "AWS4-HMAC-SHA256",
      time,
      scope,
      createHash("sha256").update(canonical).digest("hex"),
    ]
      .join("\n");
    let key: Buffer = Buffer.from(`AWS4${this.credentials.secretAccessKey}`);
    for (const part of [day!, region!, "s3", "aws4_request"]) {
      key = createHmac("sha256", key).update(part).digest();
    }
    if (createHmac("sha256", key).update(text).digest("hex") !== signature) {
      return this.error(403, "SignatureDoesNotMatch");
    }
    const sent = Date.parse(
      time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
    if (!(Math.abs(sent - Date.now() - this.skewMs) < MAX_SKEW_MS)) {
      return this.error(403, "RequestTimeTooSkewed");
    }
    const token = headers["x-amz-security-token"] ?? null;
    return token === this.sessionToken ? null : this.error(400, "ExpiredToken");
  }

  #ofBucket({ method, query }: SeenRequest): Answer {
    if (method !== "GET") return this.error(405, "MethodNotAllowed");
    if (query.has("uploads")) {
      const uploads = [...this.uploads].filter(([, { key }]) =>
        key.startsWith(query.get("prefix") ?? "")
      );
      return xml(
        `<ListMultipartUploadsResult>${
          uploads.map(([id, { key, initiated }]) =>
            `<Upload><Key>${
              escaped(key)
            }</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`
          ).join("")
        }</ListMultipartUploadsResult>`,
      );
    }
    if (query.get("list-type") !== "2") return this.error(400, "InvalidRequest");
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const keys = [...this.objects.keys()].sort(order)
      .filter((key) => key.startsWith(query.get("prefix") ?? "") && order(key, after) > 0);
    // Pages of three, so that there is more than one.
    const page = keys.slice(0, 3);
    const encode = (key: string) =>
      query.get("encoding-type") === "url"
        ? encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")
        : escaped(key);
    const more = keys.length > 3
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${
        escaped(page.at(-1)!)
      }</NextContinuationToken>`
      : "<IsTruncated>false</IsTruncated>";
    return xml(
      `<ListBucketResult><EncodingType>${query.get("encoding-type") ?? ""}</EncodingType>${more}${
        page.map((key) => {
          const { tag, bytes, modified } = this.objects.get(key)!;
          return `<Contents><Key>${
            encode(key)
          }</Key><LastModified>${modified.toISOString()}</LastModified>` +
            `<ETag>${escaped(tag)}</ETag><Size>${bytes.length}</Size></Contents>`;
        }).join("")
      }</ListBucketResult>`,
    );
  }

  #ofObject(request: SeenRequest, body: Buffer): Answer {
    const { method, key, query } = request;
    const id = query.get("uploadId");
    if (method === "POST" && query.has("uploads")) return this.#begin(request);
    if (id !== null) {
      const upload = this.uploads.get(id);
      if (upload === undefined || upload.key !== key) return this.error(404, "NoSuchUpload");
      switch (method) {
        case "PUT":
          upload.parts.set(Number(query.get("partNumber")), body);
          return { status: 200, headers: { etag: tagOf(body) } };
        case "DELETE":
          this.uploads.delete(id);
          return { status: 204 };
        case "GET":
          return xml(
            `<ListPartsResult>${
              [...upload.parts.keys()].map((n) => `<Part><PartNumber>${n}</PartNumber></Part>`)
                .join("")
            }</ListPartsResult>`,
          );
        case "POST":
          return this.#complete(request, id, upload, body.toString());
      }
    }
    switch (method) {
      case "PUT":
        return this.#conditionFails(request) ?? this.#put(request, body, kept(request.headers));
      case "DELETE":
        this.objects.delete(key);
        return { status: 204 };
      case "GET":
      case "HEAD":
        return this.#get(request);
      default:
        return this.error(405, "MethodNotAllowed");
    }
  }

  #begin({ key, headers }: SeenRequest): Answer {
    const id = `upload-${++this.#ids}`;
    this.uploads.set(id, { key, parts: new Map(), headers: kept(headers), initiated: new Date() });
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #complete(request: SeenRequest, id: string, upload: FakeUpload, text: string): Answer {
    const fails = this.#conditionFails(request);
    if (fails !== null) return fails;
    const parts: Buffer[] = [];
    const listed = [
      ...text.matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag><\/Part>/g),
    ];
    for (const [i, [, number, tag]] of listed.entries()) {
      const part = upload.parts.get(Number(number));
      if (
        part === undefined || tagOf(part) !== tag!.replaceAll("&#34;", '"') ||
        Number(number) !== i + 1
      ) {
        return this.error(400, "InvalidPart");
      }
      const isLast = i === listed.length - 1;
      if (!isLast && part.length < MIN_PART_BYTES) return this.error(400, "EntityTooSmall");
      // R2 wants them to be equal.
      if (
        parts.length > 0 &&
        (isLast ? part.length > parts[0]!.length : part.length !== parts[0]!.length)
      ) {
        return this.error(400, "InvalidPart");
      }
      parts.push(part);
    }
    if (parts.length === 0) return this.error(400, "MalformedXML");
    this.uploads.delete(id);
    const { headers } = this.#put(request, Buffer.concat(parts), upload.headers);
    return xml(
      `<CompleteMultipartUploadResult><ETag>${
        escaped(headers!["etag"]!)
      }</ETag></CompleteMultipartUploadResult>`,
    );
  }

  #put({ key }: SeenRequest, bytes: Buffer, headers: Readonly<Record<string, string>>): Answer {
    const tag = tagOf(bytes);
    this.objects.set(key, { bytes, tag, headers, modified: new Date() });
    return { status: 200, headers: { etag: tag } };
  }

  #conditionFails({ key, headers }: SeenRequest): Answer | null {
    const found = this.objects.get(key);
    const match = headers["if-match"];
    if (match !== undefined && found === undefined) return this.error(404, "NoSuchKey");
    const fails = match !== undefined && match !== found!.tag ||
      headers["if-none-match"] === "*" && found !== undefined;
    return fails ? this.error(412, "PreconditionFailed") : null;
  }

  #get(request: SeenRequest): Answer {
    const found = this.objects.get(request.key);
    if (found === undefined) return this.error(404, "NoSuchKey");
    const fails = this.#conditionFails(request);
    if (fails !== null) return fails;
    const { bytes, tag, headers, modified } = found;
    const own = { ...headers, etag: tag, "last-modified": modified.toUTCString() };
    const { length } = bytes;
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    if (range === null) {
      return { status: 200, headers: { ...own, "content-length": String(length) }, body: bytes };
    }
    const [, from = "", to = ""] = range;
    const start = from === "" ? Math.max(0, length - Number(to)) : Number(from);
    const end = from === "" || to === "" ? length : Math.min(length, Number(to) + 1);
    if (start >= length) return this.error(416, "InvalidRange");
    return {
      status: 206,
      headers: { ...own, "content-range": `bytes ${start}-${end - 1}/${length}` },
      body: bytes.subarray(start, end),
    };
  }
}

function tagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function kept(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => KEPT_HEADERS.test(name)),
  ) as Record<string, string>;
}

function xml(body: string): Answer {
  return {
    status: 200,
    headers: KEEP_ALIVE,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
