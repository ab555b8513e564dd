// nginx and HAProxy, from PATH or out of Debian's packages, which are unpacked into .tools and touch nothing else on the machine.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const call = promisify(execFile);
const folder = fileURLToPath(new URL("../../.tools/natives", import.meta.url));
const architecture = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
const packages = {
  nginx: ["nginx"],
  haproxy: ["haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"],
};

/** `{ path }`, or `{ reason }` why there is none. */
export async function native(name) {
  const find = () =>
    [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", join(folder, name, "usr", "sbin")]
      .map((one) => join(one, name))
      .find((file) => existsSync(file));
  if (find() === undefined) {
    try {
      await unpack(name);
    } catch (error) {
      return { reason: `no ${name} on PATH, and Debian's package could not be had: ${error.message.split("\n")[0]}` };
    }
  }
  const path = find();
  return path === undefined ? { reason: `there is no ${name} in Debian's package` } : { path };
}

/** In a folder of its own until all is there, so that a fetch that fails leaves nothing behind that looks like a success. */
async function unpack(name) {
  mkdirSync(folder, { recursive: true });
  const part = mkdtempSync(join(folder, `${name}.part-`));
  const at = (...path) => {
    const made = join(part, ...path);
    mkdirSync(made, { recursive: true });
    return made;
  };
  try {
    const [debs, tree] = [at("debs"), at("tree")];
    // The index of the machine may be older than what the archive has: then one of our own, which the machine's apt never sees.
    await fetch(packages[name], debs, []).catch(async () => {
      at("lists", "partial");
      const own = ["-o", `Dir::State::lists=${at("lists")}`, "-o", `Dir::Cache=${at("cache")}`];
      await call("apt-get", [...asAnyone, ...own, "update"], { timeout: 60_000 });
      await fetch(packages[name], debs, own);
    });
    for (const deb of readdirSync(debs)) await call("dpkg", ["-x", join(debs, deb), tree]);
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(tree, join(folder, name));
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

const asAnyone = ["-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1", "--quiet"];

function fetch(names, cwd, options) {
  return call("apt-get", [...asAnyone, ...options, "download", ...names], { cwd, timeout: 60_000 });
}

export const configs = {
  /** One worker, connections to the back end kept, and the headers that a reverse proxy usually sets. */
  nginx: (port, to, dir) => ({
    args: ["-p", dir, "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log")],
    file: join(dir, "nginx.conf"),
    text: `daemon off; worker_processes 1; pid ${dir}/nginx.pid; events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
upstream web { server 127.0.0.1:${to}; keepalive 256; }
server { listen 127.0.0.1:${port}; keepalive_requests 100000000; location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Real-IP $remote_addr; } } }\n`,
  }),
  haproxy: (port, to, dir) => ({
    args: ["-f", join(dir, "haproxy.cfg"), "-db"],
    file: join(dir, "haproxy.cfg"),
    text: `global\n  nbthread 1\n  maxconn 8192\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  option forwardfor
frontend in\n  bind 127.0.0.1:${port}\n  http-request set-header X-Real-IP %[src]\n  default_backend out\nbackend out\n  http-reuse always\n  server one 127.0.0.1:${to}\n`,
  }),
};

/** Starts one of them in front of a back end, as lib/children.mjs starts scripts. */
export async function startNative(name, path, { port, to, dir }) {
  const { args, file, text } = configs[name](port, to, dir);
  writeFileSync(file, text);
  const env = { ...process.env, LD_LIBRARY_PATH: join(folder, name, "usr", "lib", architecture) };
  const child = spawn(path, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 100 || child.exitCode !== null) throw new Error(`${name} does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
