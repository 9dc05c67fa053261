// The peer "scimmy-routers": users in memory, with an index over userName. `node scimmy.mjs PORT`, in a folder with
// the packages scimmy, scimmy-routers and express.
import {randomUUID} from "node:crypto";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const find = createRequire(`${process.cwd()}/`);
const load = async (name) => {
    const {default: found} = await import(pathToFileURL(find.resolve(name)));
    return found.default ?? found; // of a CommonJS build
};
const [express, SCIMMY, SCIMMYRouters] = [await load("express"), await load("scimmy"), await load("scimmy-routers")];
const users = new Map();
const names = new Map();

const found = (id) => {
    if (!users.has(id)) throw new SCIMMY.Types.Error(404, null, `There is no user ${id}.`);
    return users.get(id);
};
const named = (filter) => {
    const [operator, value] = (filter.length === 1 && filter[0].userName) || [];
    return operator === "eq" ? [names.get(value.toLowerCase())].filter(Boolean) : filter.match([...users.values()]);
};

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    egress: ({id, filter}) => id ? found(id) : filter ? named(filter) : [...users.values()],
    ingress: ({id}, data) => {
        const now = new Date();
        const before = id ? found(id) : {id: randomUUID(), meta: {created: now}};
        const user = {...data, id: before.id, meta: {...before.meta, lastModified: now}};
        const same = names.get(user.userName.toLowerCase());
        if (same && same.id !== user.id) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken.");
        if (before.userName) names.delete(before.userName.toLowerCase());
        users.set(user.id, user);
        names.set(user.userName.toLowerCase(), user);
        return user;
    },
    degress: ({id}) => {
        names.delete(found(id).userName.toLowerCase());
        users.delete(id);
    },
});

const app = express();
app.use("/", new SCIMMYRouters({type: "bearer", handler: () => "bench"}));
const server = app.listen(Number(process.argv[2]), "127.0.0.1");
server.keepAliveTimeout = 300_000; // it would close connections that wait for five seconds
