// A SCIM service of scimmy-routers: users and groups in memory. `node scimmy.mjs PORT`, in a folder with the packages
// scimmy, scimmy-routers and express.
import {randomUUID} from "node:crypto";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const find = createRequire(`${process.cwd()}/`);
const load = async (name) => {
    const {default: found} = await import(pathToFileURL(find.resolve(name)));
    return found.default ?? found; // of a CommonJS build
};
const [express, SCIMMY, SCIMMYRouters] = [await load("express"), await load("scimmy"), await load("scimmy-routers")];

const keep = (type, key) => {
    const stored = new Map();
    const found = (id) => {
        if (!stored.has(id)) throw new SCIMMY.Types.Error(404, null, `There is no ${key} ${id}.`);
        return stored.get(id);
    };
    SCIMMY.Resources.declare(type, {
        egress: ({id, filter}) => id ? found(id) : filter ? filter.match([...stored.values()]) : [...stored.values()],
        ingress: ({id}, data) => {
            const before = id ? found(id) : {id: randomUUID(), meta: {created: new Date()}};
            const after = {...data, id: before.id, meta: {...before.meta, lastModified: new Date()}};
            const isTaken = (each) => each.id !== after.id && each[key].toLowerCase() === after[key].toLowerCase();
            if ([...stored.values()].some(isTaken)) throw new SCIMMY.Types.Error(409, "uniqueness", `${key} is taken.`);
            stored.set(after.id, after);
            return after;
        },
        degress: ({id}) => stored.delete(found(id).id),
    });
};

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
keep(SCIMMY.Resources.User, "userName");
keep(SCIMMY.Resources.Group, "displayName");
const app = express();
app.use("/", new SCIMMYRouters({type: "bearer", handler: () => "test"}));
app.listen(Number(process.argv[2]), "127.0.0.1").keepAliveTimeout = 300_000; // idle connections of the client stay
