/**
 * The files of the AWS tools: `~/.aws/config` and `~/.aws/credentials`.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * @module
 */

import { readTextFile } from "../runtime/directory.ts";
import { environmentVariable } from "../runtime/environment.ts";

/** Settings of a section: name → text; those of a nested one by both names, `s3.endpoint_url`. */
export type Section = Readonly<Record<string, string>>;

/** Sections of both files, profiles by their names, others as they stand. */
export type Sections = ReadonlyMap<string, Section>;

/**
 * Reads a file in the form of the AWS tools.
 *
 * @param isConfig Profiles are in sections `[profile name]`, not `[name]`.
 */
export function parseSections(text: string, isConfig: boolean): Map<string, Section> {
  const sections = new Map<string, Section>();
  let section: Record<string, string> | null = null;
  let parent = "";
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || /^\s*[#;]/.test(line)) continue;
    const header = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const isProfile = /^profile\s+/.test(header);
      const name = isConfig && isProfile
        ? header.replace(/^profile\s+/, "").replace(/^(["'])(.*)\1$/, "$2")
        : header;
      section = { ...sections.get(name) };
      sections.set(name, section);
      parent = "";
      continue;
    }
    const setting = /^(\s*)([^=]+?)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting === null || section === null) continue;
    const [, indent = "", name = "", rest = ""] = setting;
    // A comment begins after white space.
    const value = rest.replace(/\s[#;].*$/, "");
    if (indent !== "" && parent !== "") section[`${parent}.${name}`] = value;
    else {
      section[name] = value;
      parent = value === "" ? name : "";
    }
  }
  return sections;
}

/** Where the AWS tools keep their files; `undefined`: this process has no home. */
export function awsFolder(): string | undefined {
  const home = environmentVariable("HOME") ?? environmentVariable("USERPROFILE");
  return home === undefined ? undefined : `${home}/.aws`;
}

/** Reads both files; those that are not there, or may not be read, are empty. */
export async function readSections(): Promise<Sections> {
  const folder = awsFolder();
  const fileOf = (variable: string, name: string) =>
    environmentVariable(variable) ?? (folder === undefined ? undefined : `${folder}/${name}`);
  const read = async (path: string | undefined) =>
    path === undefined ? "" : await readTextFile(path) ?? "";
  const [config, credentials] = await Promise.all([
    read(fileOf("AWS_CONFIG_FILE", "config")),
    read(fileOf("AWS_SHARED_CREDENTIALS_FILE", "credentials")),
  ]);
  const sections = parseSections(config, true);
  for (const [name, section] of parseSections(credentials, false)) {
    sections.set(name, { ...sections.get(name), ...section });
  }
  return sections;
}

/** Name of the profile that counts. */
export function profileName(): string {
  return environmentVariable("AWS_PROFILE") ?? environmentVariable("AWS_DEFAULT_PROFILE") ??
    "default";
}

/** The server of S3 that a profile names. */
export function endpointOf(sections: Sections, name: string): string | undefined {
  const profile = sections.get(name);
  const services = profile?.["services"];
  const own = services === undefined
    ? undefined
    : sections.get(`services ${services}`)?.["s3.endpoint_url"];
  return own ?? profile?.["s3.endpoint_url"] ?? profile?.["endpoint_url"];
}
