import { defineTelemeter, type Telemeter, type TelemeterEnv, type TelemeterPlugin } from "@namerkit/core";
import { Agent, type Dispatcher } from "undici";
import {
  booleanField,
  integerField,
  optionsJsonSchema,
  optionsSchema,
  shareField,
  textField,
} from "../identify/options-schema.js";
import { ZipkinReporter, type ZipkinReporterOptions } from "./zipkin-reporter.js";
import { zipkinSpans } from "./zipkin-spans.js";

/** Where Zipkin takes Scribe, the protocol that Linkerd speaks there; and where it takes HTTP, as does Jaeger. */
const scribePort = 9410;
const httpPort = 9411;

const hostName = /^(?:[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$/;

interface ZipkinOptions {
  readonly host: string;
  readonly port: number;
  readonly sampleRate: number;
}

const fields = {
  host: textField("localhost", hostName, "a host name or an address"),
  port: integerField(httpPort, 1, 65_535),
  sampleRate: shareField(0.001),
};

/**
 * `io.l5d.zipkin`, with Linkerd's options. Linkerd speaks Scribe to port 9410, which no Zipkin of today opens by itself; we post JSON
 * of version 2 to port 9411, which is the default here, and which stands for 9410, too.
 */
export const zipkinTelemeter: TelemeterPlugin<ZipkinOptions> = defineTelemeter<ZipkinOptions>({
  kind: "io.l5d.zipkin",
  config: optionsSchema<ZipkinOptions>(fields),
  jsonSchema: optionsJsonSchema<ZipkinOptions>(fields),
  create({ host, port, sampleRate }, env) {
    if (port === scribePort) {
      env.log.warn(
        {},
        `io.l5d.zipkin: port ${scribePort} is that of Scribe; spans go to ${host}, port ${httpPort}, over HTTP (io.zipkin.http goes to any port)`,
      );
    }
    const to = port === scribePort ? httpPort : port;
    const url = `http://${bracketed(host)}:${to}/api/v2/spans`;
    const { dispatcher, agent } = dispatcherOf(env, undefined);
    return telemeter({ url, compress: false, dispatcher }, sampleRate, env, agent);
  },
});

interface ZipkinHttpOptions {
  /** host:port. */
  readonly host: string;
  readonly hostHeader: string | undefined;
  readonly compressionEnabled: boolean;
  readonly tls: boolean;
  readonly tlsHostname: string | undefined;
  readonly tlsValidationEnabled: boolean;
  readonly initialSampleRate: number;
}

const hostAndPort = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$/;

const httpFields = {
  host: textField("localhost:9411", hostAndPort, "host:port"),
  hostHeader: textField<string | undefined>(undefined, /^[!-~]+$/, "a Host header"),
  compressionEnabled: booleanField(true),
  tls: booleanField(false),
  tlsHostname: textField<string | undefined>(undefined, hostName, "a host name"),
  tlsValidationEnabled: booleanField(true),
  initialSampleRate: shareField(0.001),
};

/** `io.zipkin.http`, with the options of the plug-in linkerd-zipkin. */
export const zipkinHttpTelemeter: TelemeterPlugin<ZipkinHttpOptions> = defineTelemeter<ZipkinHttpOptions>({
  kind: "io.zipkin.http",
  config: optionsSchema<ZipkinHttpOptions>(httpFields),
  jsonSchema: optionsJsonSchema<ZipkinHttpOptions>(httpFields),
  create(options, env) {
    const { host, hostHeader, tls, tlsHostname, tlsValidationEnabled, compressionEnabled: compress } = options;
    const url = `${tls ? "https" : "http"}://${host}/api/v2/spans`;
    const servername = tlsHostname === undefined ? {} : { servername: tlsHostname };
    const { dispatcher, agent } = dispatcherOf(env, { rejectUnauthorized: tlsValidationEnabled, ...servername });
    return telemeter({ url, hostHeader, compress, dispatcher }, options.initialSampleRate, env, agent);
  },
});

function dispatcherOf(
  { dispatcher }: TelemeterEnv,
  tls: { readonly rejectUnauthorized: boolean; readonly servername?: string } | undefined,
): { readonly dispatcher: Dispatcher; readonly agent: Agent | undefined } {
  if (dispatcher !== undefined) return { dispatcher: dispatcher as Dispatcher, agent: undefined };
  const agent = new Agent({ connections: 1, keepAliveTimeout: 10_000, connect: { timeout: 5_000, ...tls } });
  return { dispatcher: agent, agent };
}

function telemeter(
  options: ZipkinReporterOptions,
  sampleRate: number,
  env: TelemeterEnv,
  agent: Agent | undefined,
): Telemeter {
  const reporter = new ZipkinReporter(options, env);
  return {
    tracer: { sampleRate, finished: (request) => reporter.report(zipkinSpans(request)) },
    drain: (signal) => reporter.drain(signal),
    close() {
      reporter.close();
      void agent?.destroy();
    },
  };
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
