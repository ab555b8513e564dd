// EndpointSlices as the control plane writes them, managedFields and all: about 5 kB for 15 endpoints.
export const serviceName = (i) => `service-${i}`;

/** `moved`: the last endpoint has another address. */
export function slice(i, size, version, moved = 0) {
  const name = serviceName(i);
  return {
    metadata: {
      name: `${name}-x7k2p`,
      generateName: `${name}-`,
      namespace: `team-${i % 40}`,
      uid: `5965b2bd-4030-41ad-8bbd-${String(i).padStart(12, "0")}`,
      resourceVersion: String(version),
      generation: 4,
      creationTimestamp: "2026-11-22T01:12:44Z",
      labels: {
        app: name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": name,
      },
      annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-11-22T01:14:20Z" },
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name, uid: `edc6ee97-c527-44e6-bfbb-${i}`, controller: true },
      ],
      managedFields: [
        {
          manager: "kube-controller-manager",
          operation: "Update",
          apiVersion: "discovery.k8s.io/v1",
          time: "2026-11-22T01:14:20Z",
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:addressType": {},
            "f:endpoints": {},
            "f:metadata": {
              "f:annotations": { ".": {} },
              "f:labels": { ".": {}, "f:app": {} },
              "f:ownerReferences": { ".": {} },
            },
            "f:ports": {},
          },
        },
      ],
    },
    addressType: "IPv4",
    endpoints: Array.from({ length: size }, (_, k) => endpoint(i, k, k === size - 1 ? moved : 0)),
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  };
}

/** Of the endpoint that moves. */
export function lastAddress(i, size, moved) {
  return address(i, size - 1 + moved);
}

const address = (i, k) => `10.${(i >> 8) & 255}.${i & 255}.${(k % 250) + 1}`;

function endpoint(i, k, moved) {
  const pod = `${serviceName(i)}-7d9c5b8f4-${k}`;
  return {
    addresses: [address(i, k + moved)],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: "Pod", namespace: `team-${i % 40}`, name: pod, uid: `0f3c0b5e-5d5e-4d0f-9a55-${i}${k}` },
    nodeName: `node-${(i * 7 + k) % 300}`,
    // A node is in one zone.
    zone: `eu-west-1${"abc"[(i * 7 + k) % 3]}`,
  };
}
