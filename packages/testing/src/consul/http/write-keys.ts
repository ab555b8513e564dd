import { demand, fieldsOf, Refused, write } from "./write.js";
import { fieldsIn, textIn } from "./write-fields.js";

/** PUT /v1/kv/KEY, with ?flags and ?cas */
export const putKey = write(({ rest: key, parameters, body }, { cluster }, may) => {
  if (key === "") throw new Refused(400, "Missing key name");
  demand(may, "key", key);
  const cas = parameters.get("cas");
  const flags = Number(parameters.get("flags") ?? 0);
  const { keys } = cluster;
  return cluster.commit((index) => {
    if (cas !== null && Number(cas) !== (keys.get(key)?.modifyIndex ?? 0)) return false;
    keys.put(key, body, flags, index);
    return true;
  });
});

/** DELETE /v1/kv/KEY, with ?recurse */
export const deleteKey = write(({ rest: key, parameters }, { cluster }, may) => {
  const all = parameters.has("recurse");
  if (key === "" && !all) throw new Refused(400, "Missing key name");
  demand(may, "key", key);
  cluster.commit((index) => {
    if (all) cluster.keys.deleteAll(key, index);
    else cluster.keys.delete(key, index);
  });
  return true;
});

/** POST /v1/query */
export const defineQuery = write((ask, agent) => {
  const fields = fieldsOf(ask);
  const service = fieldsIn(fields.Service);
  const name = textIn(service.Service);
  if (name === "") throw new Refused(500, "Must provide a Service name to query");
  const tags = Array.isArray(service.Tags) ? service.Tags.map(textIn) : [];
  const query = { service: name, onlyPassing: service.OnlyPassing === true, tags };
  const id = agent.uuid();
  agent.cluster.commit(() => {
    agent.cluster.queries.set(id, query);
    if (textIn(fields.Name) !== "") agent.cluster.queries.set(textIn(fields.Name), query);
  });
  return { ID: id };
});
