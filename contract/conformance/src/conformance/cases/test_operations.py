"""/healthz, /readyz, /openapi.json and /docs."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from conformance.demands import demand, demand_equal, demand_status
from conformance.service import Service

AREA = "operations"

REFERRING = {"src", "href", "action", "data", "poster", "srcset", "formaction", "ping", "background", "xlink:href"}
TYPES = {
    ".js": {"text/javascript", "application/javascript"},
    ".mjs": {"text/javascript", "application/javascript"},
    ".css": {"text/css"},
    ".svg": {"image/svg+xml"},
    ".json": {"application/json"},
}


class Page(HTMLParser):
    """Collects what a page refers to, and the text of its scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.assets: list[str] = []
        self.code = ""
        self._in_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code = tag in {"script", "style"}
        for name, value in attrs:
            if name in REFERRING and value:
                self.references.append(value)
                if tag in {"script", "img", "link", "iframe", "source"}:
                    self.assets.append(value)
            if name == "style" or name.startswith("on"):
                self.code += value or ""

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code += data


def is_elsewhere(reference: str) -> bool:
    """Say whether a reference leads to another host."""
    parts = urlsplit(reference.strip())
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


@pytest.fixture(scope="module")
def page(service: Service) -> Page:
    answer = service.get("/docs")
    html = answer.body.decode("utf-8", "replace")
    demand(answer.status == 200 and "</html>" in html.lower(), "/docs is a page, which this case needs", answer)
    return Page(html)


@pytest.mark.section("openapi.yaml, getHealth and getReadiness")
@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
def test_answers_200(service: Service, target: str) -> None:
    demand_status(service.get(target), 200, "a service that lives and is ready says so")


@pytest.mark.section("README.md, Operations")
@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
def test_answers_ok(service: Service, target: str) -> None:
    answer = service.get(target)
    demand_equal(answer.data, {"status": "ok"}, f'{target} answers {{"status":"ok"}}', answer)


def operations(document: dict[str, Any]) -> set[str]:
    """Return the operations of a document by method and path, in which a parameter's name says nothing."""
    methods = {"get", "put", "post", "delete", "patch"}
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for path, item in document["paths"].items()
        for method in methods & item.keys()
    }


@pytest.mark.section("openapi.yaml, getOpenApi")
def test_document_is_one_of_openapi(service: Service) -> None:
    answer = service.get("/openapi.json")
    is_one = re.fullmatch(r"3\.[012]\.\d+", str(answer["openapi"])) is not None
    demand(is_one and answer.media_type == "application/json", "the document is one of OpenAPI 3", answer)


@pytest.mark.section("openapi.yaml, getOpenApi")
def test_document_has_the_operations_of_the_contract(service: Service, document: dict[str, Any]) -> None:
    answer = service.get("/openapi.json")
    wanted, found = operations(document), operations({"paths": answer["paths"]})
    left_out = {"GET /docs", "GET /openapi.json", "GET /healthz", "GET /readyz"}
    demand_equal(sorted(wanted - found - left_out), [], "every operation of the contract is there")
    demand_equal(sorted(found - wanted - {"GET /metrics"}), [], "no other operation is there")


@pytest.mark.section("openapi.yaml, getOpenApi")
@pytest.mark.parametrize("member", ["title", "version"])
def test_document_has_the_info(service: Service, member: str) -> None:
    answer = service.get("/openapi.json")
    found = answer["info"].get(member)
    demand(isinstance(found, str) and found != "", f"info has a {member}")


@pytest.mark.section("openapi.yaml, getOpenApi")
def test_document_is_of_this_service_alone(service: Service) -> None:
    answer = service.get("/openapi.json")
    demand(
        b'"paths"' in answer.body and b'"x-when"' not in answer.body,
        "parts of other options and their marks are dropped",
    )


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_answer_200(service: Service) -> None:
    demand_status(service.get("/docs"), 200, "the page is there")


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_refer_to_no_other_host(page: Page) -> None:
    demand_equal([text for text in page.references if is_elsewhere(text)], [], "the page calls no other host")


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_code_refers_to_no_other_host(page: Page) -> None:
    found = re.findall(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+", page.code, re.IGNORECASE)
    demand_equal([url for url in found if "www.w3.org" not in url], [], "the page's scripts and styles call no other host")


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_styles_refer_to_no_other_host(service: Service, page: Page) -> None:
    styles = [asset for asset in page.assets if urlsplit(asset).path.endswith(".css")]
    texts = [service.send("GET", urljoin("/docs", style), is_documented=False).body.decode() for style in styles]
    found = [url for text in texts for url in re.findall(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""", text)]
    demand_equal([url[:200] for url in found if is_elsewhere(url)], [], "the page's styles call no other host")


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_show_the_document(service: Service, page: Page) -> None:
    scripts = [asset for asset in page.assets if urlsplit(asset).path.endswith(("js", "json"))]
    local = [script for script in scripts if not is_elsewhere(script)]
    texts = [service.send("GET", urljoin("/docs", script), is_documented=False).body.decode() for script in local]
    shown = any("openapi.json" in text for text in [page.code, *page.references, *texts]) or "/users" in page.code
    demand(shown, "the page shows /openapi.json")


@pytest.mark.section("openapi.yaml, getDocs")
def test_docs_assets_are_there(service: Service, page: Page) -> None:
    local = sorted({urljoin("/docs", asset) for asset in page.assets if urlsplit(asset).scheme == ""})
    answers = [service.send("GET", asset, is_documented=False) for asset in local]
    wrong = [answer.target for answer in answers if answer.status != 200 or not answer.body]
    demand_equal(wrong, [], "the service serves all that the page needs")


@pytest.mark.section("openapi.yaml, ContentTypeOptions")
def test_docs_assets_have_the_right_type(service: Service, page: Page) -> None:
    local = sorted({urljoin("/docs", asset) for asset in page.assets if urlsplit(asset).scheme == ""})
    for target in local:
        answer = service.send("GET", target, is_documented=False)
        suffix = re.sub(r".*(\.[a-z]+)$", r"\1", urlsplit(target).path)
        wanted = TYPES.get(suffix)
        found = answer.media_type
        demand(wanted is None or found in wanted, f"{target} has a type that a browser takes under nosniff, not {found}")
