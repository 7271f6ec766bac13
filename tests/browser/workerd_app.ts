/** The program in workerd: answers a job with the file. */

import * as library from "../../mod.ts";
import { type Job, runJob } from "./job.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      const job = await request.json() as Job;
      const { bytes, workers, diagnostics } = await runJob(library, job);
      const headers = { "X-Outcome": JSON.stringify({ workers, diagnostics }) };
      return new Response(bytes, { headers });
    } catch (error) {
      const { name, message } = error as Error;
      return new Response(`${name}: ${message}`, { status: 500 });
    }
  },
};
