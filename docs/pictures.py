"""Makes the pictures of docs/: `make pictures`, or `python -m docs.pictures [NAME…]` for some of them.

A separate Control Hub gets the invented people of `make demo`. Each page is opened in light mode, in dark mode and on
a phone. All three pictures are in `var/pictures` for review, and those that the docs use are also in `docs/images`.
"""

import json
import shutil
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Playwright, StorageState, sync_playwright

from bench.launched import ROOT, ControlHub, running

IMAGES, LOOK = ROOT / "docs" / "images", ROOT / "var" / "pictures"
PHONE = (390, 844)
FORMS = ("", "dark", "phone")
"""The suffixes of the file names. The light form has none."""
COLORS, APART = 160, 8
"""The number of colors in a picture, and their minimum distance: Pillow confuses colors that are closer."""
SECONDS = 120
ADMIN = "ines.okafor@harborpine.example"
DELETED, TAKEN = "keiko.okafor", "amara.okafor"
PREPARE = """
import json, sys, time
from audit.actor import COMMAND
from controlhub.models import Group, ScimRequest, User
from directory.actions.people import delete_person
from directory.engine.control import start_now
from directory.models import Application, Person
application = Application.objects.get()
delete_person(Person.objects.get(upn_key__startswith=sys.argv[1] + "@"), actor=COMMAND)
start_now(application, actor=COMMAND)
users = User.objects.filter(display_name=sys.argv[2])
refused = ScimRequest.objects.filter(status=409)
deadline = time.monotonic() + float(sys.argv[3])
while not (users.filter(active=False).exists() and refused.exists()):
    if time.monotonic() > deadline:
        sys.exit("The user did not become Inactive, or the request log does not have the refused request.")
    time.sleep(1)
print(json.dumps({
    "application": str(application.pk),
    "user": str(users.get().pk),
    "group": str(Group.objects.get(display_name="Engineering").pk),
    "request": str(refused.first().id),
}))
"""
"""Deletes a person in the directory, waits until Control Hub knows, and prints the IDs used in addresses."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, and the forms of it that the docs show. The path has names from `PREPARE` in braces."""

    name: str
    path: str
    size: tuple[int, int] = (1440, 760)
    forms: tuple[str, ...] = ("",)


PICTURES = (
    Picture("overview", "/", (1440, 900)),
    Picture("users", "/users/", forms=FORMS),
    Picture("deleted-user", "/users/{user}/"),
    Picture("group", "/groups/{group}/"),
    Picture("provisioning", "/provisioning/"),
    Picture("request", "/provisioning/requests/{request}/", (1440, 900)),
    Picture("audit-log", "/audit/", (1440, 900)),
    Picture("directory-gallery", "/directory/applications/new/", (1280, 800)),
    Picture("directory-provisioning", "/directory/applications/{application}/provisioning/", (1280, 800)),
    Picture("directory-assignments", "/directory/applications/{application}/assignments/", (1280, 800)),
    Picture("directory-deleted-users", "/directory/users/deleted/", (1280, 800)),
    Picture("directory-audit-log", "/audit/?activity=Delete+user", (1280, 800)),
)


def main(*names: str) -> None:
    wanted = [picture for picture in PICTURES if not names or picture.name in names]
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        sys.exit("Install Chromium first (Debian: `apt-get install chromium`).")
    LOOK.mkdir(parents=True, exist_ok=True)
    with running(OUTBOUND_ALLOW_SELF="true") as hub, sync_playwright() as playwright:
        hub.manage("demo")
        ids = prepare(hub, playwright)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        state = sign_in(browser, hub)
        for form in FORMS:
            scheme = "dark" if form == "dark" else "light"
            with browser.new_context(storage_state=state, color_scheme=scheme, reduced_motion="reduce") as context:
                for picture in wanted:
                    take(context, picture, form, address=site(hub) + picture.path.format(**ids))
        browser.close()


def site(hub: ControlHub) -> str:
    return f"http://localhost:{hub.port}"


def prepare(hub: ControlHub, playwright: Playwright) -> dict[str, str]:
    """Cause a failed request and delete a person. Returns the IDs used in addresses."""
    organization = hub.welcome["Organization ID"]
    token = json.loads(hub.manage("create_token", organization, "--name", "Entra ID", "--json"))["token"]
    refuse(playwright, f"{site(hub)}/v1/scim/{organization}/Users", token)
    shown = "{} {}".format(*DELETED.title().split("."))
    return dict(json.loads(hub.python(PREPARE, DELETED, shown, str(SECONDS)).splitlines()[-1]))


def refuse(playwright: Playwright, url: str, token: str) -> None:
    """Create a user whose name is taken."""
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{TAKEN}@harborpine.example"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    request = playwright.request.new_context()
    request.post(url, data=json.dumps(user), headers=headers)
    request.dispose()


def sign_in(browser: Browser, hub: ControlHub) -> StorageState:
    """Sign in as an administrator. Returns the cookies."""
    made = hub.manage("create_admin", ADMIN, "--organization", hub.welcome["Organization ID"], "--json")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site(hub)}/users/")
        page.fill("#id_login", ADMIN)
        page.fill("#id_password", json.loads(made)["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site(hub)}/users/")
        return context.storage_state()


def take(context: BrowserContext, picture: Picture, form: str, *, address: str) -> None:
    """Write the picture of one form. A page that fails stops the program."""
    page = context.new_page()
    width, height = PHONE if form == "phone" else picture.size
    page.set_viewport_size({"width": width, "height": height})
    response = page.goto(address)
    if not response or not response.ok or page.url != address:
        sys.exit(f"{address} failed.")
    page.evaluate("document.fonts.ready")
    name = f"{picture.name}-{form}.png" if form else f"{picture.name}.png"
    write(page.screenshot(animations="disabled"), LOOK / name)
    page.close()
    if form in picture.forms:
        shutil.copyfile(LOOK / name, IMAGES / name)
    sys.stdout.write(f"{LOOK / name}\n")


def write(png: bytes, file: Path) -> None:
    """Reduce a picture to its most frequent colors, which makes it two thirds smaller."""
    with Image.open(BytesIO(png)) as opened:
        image = opened.convert("RGB")
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for color in frequent(image) for part in color])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)


def frequent(image: Image.Image) -> list[tuple[int, ...]]:
    """The most frequent colors, without those that are similar to a more frequent one."""
    found: list[tuple[int, ...]] = []
    for _, color in sorted(image.getcolors(image.width * image.height), reverse=True):
        if all(max(abs(a - b) for a, b in zip(color, other, strict=True)) >= APART for other in found):
            found.append(color)
            if len(found) == COLORS:
                break
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
