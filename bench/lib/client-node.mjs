// @kubernetes/client-node, the newest that runs on this Node: 2.0.1 cannot be imported on Node 20.
import process from "node:process";
import { npmPeer } from "./npm-peer.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
export const VERSION = major > 22 || (major === 22 && minor >= 19) ? "2.0.1" : "1.4.0";

export function clientNode() {
  return npmPeer("@kubernetes/client-node", VERSION);
}

/** For an API at http://127.0.0.1:port, an informer of all EndpointSlices. `restart`: as its examples have it, 5 s after an error. */
export async function slicesInformer(port, { restartMs } = {}) {
  const { entry } = await clientNode();
  const { DiscoveryV1Api, KubeConfig, makeInformer } = await import(entry);
  const config = new KubeConfig();
  // Without TLS only if it is told not to verify any.
  const cluster = { name: "bench", server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: "nobody" });
  const api = config.makeApiClient(DiscoveryV1Api);
  const list = () => api.listEndpointSliceForAllNamespaces();
  const informer = makeInformer(config, "/apis/discovery.k8s.io/v1/endpointslices", list);
  informer.on("error", () => {
    if (restartMs !== undefined) setTimeout(() => informer.start().catch(() => {}), restartMs);
  });
  return informer;
}
