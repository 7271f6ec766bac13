/** A server between a client and a store that does to requests what networks do. */

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** What happens to a request. */
export type Fault =
  | "refused"
  | "cut on its way"
  | "answer lost"
  | "answer cut"
  | "doubled"
  | "delayed"
  | "answered late"
  | "busy"
  | "done but answered by 500"
  | "changed on its way";

/** All faults, but for bytes that change: of that, TLS takes care where requests do not carry a hash of their bodies. */
export const FAULTS: readonly Fault[] = [
  "refused",
  "cut on its way",
  "answer lost",
  "answer cut",
  "doubled",
  "delayed",
  "answered late",
  "busy",
  "done but answered by 500",
];

const DELAY_MS = 150;

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Forwards requests, but for those that it is told to spoil. */
export class FaultProxy {
  /** Fault of the requests by their ordinals, from 0. */
  faults = new Map<number, Fault>();
  /** Requests that came, as `METHOD query`. */
  readonly seen: string[] = [];
  url = "";
  readonly #target: URL;
  /** Longer than the client waits. */
  readonly #lateMs: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** Stands before `target`; `lateMs`: how late is late. */
  constructor(target: string, lateMs: number) {
    this.#target = new URL(target);
    this.#lateMs = lateMs;
  }

  /** Starts to listen. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Begins to count anew. */
  reset(faults: ReadonlyMap<number, Fault> = new Map()): void {
    this.faults = new Map(faults);
    this.seen.length = 0;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.get(this.seen.length);
    const { searchParams } = new URL(incoming.url!, this.url);
    this.seen.push(`${incoming.method} ${[...searchParams.keys()].join(" ")}`);
    const cut = () => void incoming.socket.destroy();
    if (fault === "refused") return cut();
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) {
        chunks.push(chunk);
        if (fault === "cut on its way") return cut();
      }
    } catch {
      return;
    }
    if (fault === "cut on its way") return cut();
    const body = Buffer.concat(chunks);
    if (fault === "changed on its way" && body.length > 0) body[body.length >> 1]! ^= 1;
    if (fault === "busy") {
      response.writeHead(503, { "retry-after": "0", "content-length": "0" });
      response.end();
      return;
    }
    if (fault === "delayed") await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    let reply: Reply;
    try {
      if (fault === "doubled") await this.#forward(incoming, body);
      reply = await this.#forward(incoming, body);
    } catch {
      return cut();
    }
    if (fault === "answered late") {
      await new Promise((resolve) => setTimeout(resolve, this.#lateMs));
    }
    if (fault === "answer lost") return cut();
    if (fault === "done but answered by 500") {
      response.writeHead(500, { "content-length": "0" });
      response.end();
      return;
    }
    const headers = { ...reply.headers };
    delete headers["transfer-encoding"];
    if (incoming.method !== "HEAD") headers["content-length"] = String(reply.body.length);
    response.writeHead(reply.status, headers);
    if (fault !== "answer cut") {
      response.end(incoming.method === "HEAD" ? undefined : reply.body);
      return;
    }
    response.write(reply.body.subarray(0, reply.body.length / 2));
    response.flushHeaders();
    setTimeout(cut, 5);
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        agent: this.#agent,
        hostname: this.#target.hostname,
        port: this.#target.port,
        method: incoming.method!,
        path: incoming.url!,
        // The host too: it is signed.
        headers: incoming.headers,
      }, async (reply) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of reply) chunks.push(chunk);
          resolve({
            status: reply.statusCode!,
            headers: reply.headers,
            body: Buffer.concat(chunks),
          });
        } catch (error) {
          reject(error);
        }
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}
