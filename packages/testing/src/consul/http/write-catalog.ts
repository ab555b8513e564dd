import { isIP } from "node:net";
import type { CheckStatus, TaggedAddress } from "../store/records.js";
import {
  checkFields,
  maintenanceCheck,
  NODE_MAINTENANCE,
  nodeFields,
  nodeMaintenanceCheck,
  serviceFields,
} from "../store/registration.js";
import { demand, enableOf, fieldsOf, Refused, write } from "./write.js";
import { agentCheckIn, checkIn, checksIn, fieldsIn, instanceIn, textIn, textsIn } from "./write-fields.js";

/** PUT /v1/agent/service/register */
export const registerService = write((ask, agent, may) => {
  const fields = fieldsOf(ask);
  const { name, ...description } = instanceIn(fields);
  if (name === "") throw new Refused(400, "Missing service name");
  demand(may, "service", name, `Permission denied: Missing service:write on ${name}`);
  const taggedAddresses = {
    ...byFamily(description.address ?? "", description.port ?? 0),
    ...description.taggedAddresses,
  };
  const service = serviceFields(agent.nodeName, name, { ...description, taggedAddresses });
  const { cluster } = agent;
  const checks = checksIn(fields).map((check, i) => {
    const made = checkFields(service, agentCheckIn(check), i);
    const before = cluster.catalog.check(service.node, made.id);
    // What the check has found stays when it is registered again.
    return before === undefined ? made : { ...made, status: before.status, output: before.output };
  });
  cluster.commit((index) => {
    cluster.catalog.putService(service, index);
    for (const check of checks) cluster.catalog.putCheck(check, index);
  });
});

/** What an agent makes of an IP address: under what name it is for which family. */
function byFamily(address: string, port: number): Readonly<Record<string, TaggedAddress>> {
  const family = isIP(address);
  if (family === 0) return {};
  const tagged = { Address: address, Port: port };
  return { [`lan_ipv${family}`]: tagged, [`wan_ipv${family}`]: tagged };
}

/** PUT /v1/agent/service/deregister/ID */
export const deregisterService = write(({ rest: id }, { cluster, nodeName }, may) => {
  const service = cluster.catalog.service(nodeName, id);
  if (service === undefined) return;
  demand(may, "service", service.name, `Permission denied: Missing service:write on ${service.name}`);
  cluster.commit((index) => cluster.catalog.deleteService(nodeName, id, index));
});

/** PUT /v1/agent/service/maintenance/ID?enable=…&reason=… */
export const serviceMaintenance = write((ask, { cluster, nodeName }, may) => {
  const { rest: id } = ask;
  if (id === "") throw new Refused(400, "Missing service ID");
  const on = enableOf(ask);
  const service = cluster.catalog.service(nodeName, id);
  if (service === undefined) throw new Refused(404, `No service registered with ID ${JSON.stringify(id)}`);
  demand(may, "service", service.name, `Permission denied: Missing service:write on ${service.name}`);
  const check = maintenanceCheck(service, ask.parameters.get("reason") ?? "");
  cluster.commit((index) => {
    if (on) cluster.catalog.putCheck(check, index);
    else cluster.catalog.deleteCheck(nodeName, check.id, index);
  });
});

/** PUT /v1/agent/maintenance?enable=…&reason=… */
export const nodeMaintenance = write((ask, { cluster, nodeName }, may) => {
  const on = enableOf(ask);
  demand(may, "node", nodeName);
  const check = nodeMaintenanceCheck(nodeName, ask.parameters.get("reason") ?? "");
  cluster.commit((index) => {
    if (on) cluster.catalog.putCheck(check, index);
    else cluster.catalog.deleteCheck(nodeName, NODE_MAINTENANCE, index);
  });
});

/** PUT /v1/agent/check/{pass,warn,fail}/ID?note=… Only a TTL check is told from outside. */
export function updateCheck(status: CheckStatus) {
  return write(({ rest: id, parameters }, { acl, cluster, nodeName }, may) => {
    const check = cluster.catalog.check(nodeName, id);
    if (check === undefined && acl.enabled) throw new Refused(500, `Unknown check ${JSON.stringify(id)}`);
    if (check?.type !== "ttl") throw new Refused(500, `CheckID ${JSON.stringify(id)} does not have associated TTL`);
    if (check.serviceId !== "") {
      demand(may, "service", check.serviceName, `Permission denied: Missing service:write on ${check.serviceName}`);
    } else demand(may, "node", nodeName);
    // An agent tells the servers of another note alone only minutes later.
    if (check.status === status) return;
    const { createIndex: _, modifyIndex: __, ...fields } = check;
    const output = parameters.get("note") ?? "";
    cluster.commit((index) => cluster.catalog.putCheck({ ...fields, status, output }, index));
  });
}

/** PUT /v1/catalog/register */
export const registerInCatalog = write((ask, { cluster }, may) => {
  const fields = fieldsOf(ask);
  const name = textIn(fields.Node);
  const { catalog } = cluster;
  const known = catalog.node(name);
  const skip = fields.SkipNodeUpdate === true;
  if (name === "") throw new Refused(500, "Must provide node if SkipNodeUpdate is not set");
  if (textIn(fields.Address) === "" && !skip)
    throw new Refused(500, "Must provide address if SkipNodeUpdate is not set");
  if (known?.address !== fields.Address || fields.Service === undefined) demand(may, "node", name);
  const service = fields.Service === undefined ? undefined : instanceIn(fieldsIn(fields.Service));
  if (service !== undefined && service.name === "") throw new Refused(500, "Must provide service name with ID");
  if (service !== undefined) demand(may, "service", service.name);
  const node = nodeFields({
    name,
    id: textIn(fields.ID),
    address: textIn(fields.Address),
    ...(fields.NodeMeta ? { meta: textsIn(fields.NodeMeta) } : {}),
    ...(fields.TaggedAddresses ? { taggedAddresses: textsIn(fields.TaggedAddresses) } : {}),
  });
  cluster.commit((index) => {
    if (!skip || known === undefined) catalog.putNode(node, index);
    if (service !== undefined) catalog.putService(serviceFields(name, service.name, service), index);
    for (const check of checksIn(fields)) {
      const owner = catalog.service(name, textIn(check.ServiceID));
      const made = checkIn(check);
      const id = made.id ?? made.name ?? "";
      const ofNode = { node: name, serviceId: "", serviceName: "", serviceTags: [] };
      const whole = { status: "critical", notes: "", output: "", type: "", name: "", ...made, id } as const;
      catalog.putCheck(owner ? { ...checkFields(owner, made, 0), ...whole } : { ...ofNode, ...whole }, index);
    }
  });
  return true;
});

/** PUT /v1/catalog/deregister: a check, an instance, or a whole node. */
export const deregisterFromCatalog = write((ask, { cluster }, may) => {
  const fields = fieldsOf(ask);
  const node = textIn(fields.Node);
  if (node === "") throw new Refused(500, "Must provide node");
  const { catalog } = cluster;
  const [service, check] = [textIn(fields.ServiceID), textIn(fields.CheckID)];
  const owner = catalog.service(node, service);
  if (service !== "" && owner !== undefined) demand(may, "service", owner.name);
  else demand(may, "node", node);
  cluster.commit((index) => {
    if (service !== "") catalog.deleteService(node, service, index);
    else if (check !== "") catalog.deleteCheck(node, check, index);
    else catalog.deleteNode(node, index);
  });
  return true;
});
