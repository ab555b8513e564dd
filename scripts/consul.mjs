// A real Consul for the tests that want one: from PATH, or Debian's package (1.8.7, of suite bullseye) unpacked into .tools/consul. Nothing
// else on the machine is touched. `node scripts/consul.mjs` prints where it is, or why there is none.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { root } from "./setup.mjs";

const folder = join(root, ".tools", "consul");
const unpacked = join(folder, "usr", "bin", "consul");
const MINUTE = 60_000;
const call = promisify(execFile);

/** @returns {Promise<{ path: string } | { reason: string }>} */
export async function consul() {
  const path = knownConsul();
  if (path !== undefined) return { path };
  if (process.platform !== "linux")
    return { reason: `no consul on PATH, and Debian's is for Linux, not ${process.platform}` };
  try {
    await fetchPackage();
    return { path: unpacked };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const [line = "unknown"] = String(error.stderr || error.message)
      .trim()
      .split("\n")
      .slice(-1);
    return { reason: `no consul on PATH, and Debian's package could not be had: ${line}` };
  }
}

function knownConsul() {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((one) => join(one, "consul"));
  return [...onPath, unpacked].find((file) => existsSync(file));
}

async function fetchPackage() {
  const lists = join(folder, "lists");
  const cache = join(folder, "cache");
  for (const one of [join(lists, "partial"), join(cache, "archives", "partial")]) mkdirSync(one, { recursive: true });
  const sources = join(folder, "bullseye.list");
  writeFileSync(sources, `deb ${await mirror()} bullseye main\n`);
  const options = Object.entries({
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": lists,
    "Dir::Cache": cache,
    "APT::Get::List-Cleanup": "0",
    "APT::Sandbox::User": "",
    "Acquire::Languages": "none",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await call("apt-get", [...options, "--quiet", "update"], { timeout: MINUTE });
  await call("apt-get", [...options, "--quiet", "download", "consul"], { cwd: folder, timeout: MINUTE });
  const file = readdirSync(folder).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new Error("apt-get has downloaded nothing");
  await call("dpkg", ["-x", join(folder, file), folder], { timeout: MINUTE });
  for (const one of [lists, cache, join(folder, file)]) rmSync(one, { recursive: true, force: true });
  if (!existsSync(unpacked)) throw new Error("there is no consul in the package");
}

/** Where this machine gets its Debian packages from. */
async function mirror() {
  const { stdout } = await call("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], {
    timeout: MINUTE,
  });
  const uris = [...new Set(stdout.split("\n").filter((line) => /^https?:/.test(line)))];
  const uri = uris.find((one) => !/security/.test(one));
  if (uri === undefined) throw new Error("apt is not configured with a Debian mirror");
  return uri;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = await consul();
  console.log("path" in found ? found.path : `not run: ${found.reason}`);
  process.exitCode = "path" in found ? 0 : 1;
}
