/** Signatures, by the examples that AWS has published. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canonicalQuery,
  EMPTY_HASH,
  encodePath,
  sha256,
  signRequest,
} from "../../src/store/sigv4.ts";
import { sharedKeySignature } from "../../src/store/azure_client.ts";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const S3 = {
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  scope: { region: "us-east-1", service: "s3", date: new Date("2013-05-24T00:00:00Z") },
  host: "https://examplebucket.s3.amazonaws.com",
};

async function signatureOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
): Promise<string | undefined> {
  const signed = await signRequest(
    {
      method,
      url: new URL(`${S3.host}${path}`),
      headers: { ...headers, "x-amz-content-sha256": payloadHash },
      payloadHash,
    },
    S3.credentials,
    S3.scope,
  );
  assert.equal(signed["x-amz-date"], "20130524T000000Z");
  return /Signature=(\w+)$/.exec(signed["authorization"]!)?.[1];
}

test("signRequest(): GET of an object, as published for S3", async () => {
  assert.equal(
    await signatureOf("GET", "/test.txt", { range: "bytes=0-9" }, EMPTY_HASH),
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("signRequest(): PUT of an object, as published for S3", async () => {
  const hash = await sha256("Welcome to Amazon S3.");
  assert.equal(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const headers = {
    date: "Fri, 24 May 2013 00:00:00 GMT",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
  };
  assert.equal(
    await signatureOf("PUT", `/${encodePath("test$file.text")}`, headers, hash),
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

test("signRequest(): queries, as published for S3", async () => {
  assert.equal(
    await signatureOf("GET", "/?lifecycle", {}, EMPTY_HASH),
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  );
  assert.equal(
    await signatureOf("GET", "/?max-keys=2&prefix=J", {}, EMPTY_HASH),
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  );
});

test("signRequest(): the vectors get-vanilla and post-vanilla of the general suite", async () => {
  const expected = {
    GET: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    POST: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  };
  for (const [method, signature] of Object.entries(expected)) {
    const signed = await signRequest(
      {
        method,
        url: new URL("https://example.amazonaws.com/"),
        headers: {},
        payloadHash: EMPTY_HASH,
      },
      { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      { region: "us-east-1", service: "service", date: new Date("2015-08-30T12:36:00Z") },
    );
    assert.equal(
      signed["authorization"],
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
        `SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  }
});

test("canonicalQuery() sorts by names, then by values, as they are encoded", () => {
  assert.equal(
    canonicalQuery([["b", "2"], ["a-b", "x"], ["a", "z"], ["a", "y y"]]),
    "a=y%20y&a=z&a-b=x&b=2",
  );
  assert.equal(canonicalQuery([["k", "!'()*~/+&="]]), "k=%21%27%28%29%2A~%2F%2B%26%3D");
});

test("sharedKeySignature() signs what the documentation of Azure says", async () => {
  // Of the very text that the documentation gives for a listing of a container, with the emulator's key.
  const key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
  const text =
    "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n" +
    "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20";
  const { createHmac } = await import("node:crypto");
  const expected = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  const signature = await sharedKeySignature(key, "myaccount", {
    method: "GET",
    url: new URL(
      "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20",
    ),
    headers: { "x-ms-date": "Fri, 26 Jun 2015 23:39:12 GMT", "x-ms-version": "2015-02-21" },
    length: 0,
  });
  assert.equal(signature, expected);
});
