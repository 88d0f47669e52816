"""The Kubernetes manifests of generated projects: they build, the API takes them, and they agree with one another.

`kubectl` or `kustomize` builds them; no cluster is needed.
"""

import copy
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support import engines, manifests, matrix
from tests.support.manifests import Object, Release
from tests.support.servers import skip
from tools.questions import Answers

pytestmark = [pytest.mark.thorough, pytest.mark.stamped]

# The oldest version with the sleep before a pod ends, and the newest that the schemas are there for.
VERSIONS = ("1.30", "1.37")
OVERLAYS = ("production", "staging")
STORES: tuple[Answers, ...] = (
    {"database": "postgresql", "auth": "jwt", "redis": True},
    {"database": "postgresql", "auth": "jwt", "redis": False},
    {"database": "mysql", "auth": "none"},
)
PROJECTS: tuple[Answers, ...] = tuple(
    {"template": template, **stores, "docker": True, "kubernetes": True} for template in matrix.SERVICES for stores in STORES
)
EVERY_PROJECT = pytest.mark.parametrize("answers", PROJECTS, ids=matrix.readable_id)
FULL: Answers = PROJECTS[-3]
# The files that are looked into.
READ = re.compile(r"^deploy/kubernetes/|^\.env\.example$|Dockerfile|kubernetes\.md")


class Manifests:
    """Generated projects, each made once, and what is built from them."""

    def __init__(self, tree: Path, directory: Path) -> None:
        self._tree = tree
        self._directory = directory
        self._made: dict[str, Path] = {}
        self._built: dict[Path, list[Object]] = {}
        self._valid: set[str] = set()

    def project(self, answers: Answers) -> Path:
        key = repr(sorted(answers.items()))
        if key not in self._made:
            self._made[key] = self._make(answers, self._directory / f"project{len(self._made)}")
        return self._made[key]

    def _make(self, answers: Answers, project: Path) -> Path:
        for name, text in engines.by_plain_jinja(answers).items():
            if READ.search(name):
                place = project / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text)
        return project

    def build(self, kustomization: Path) -> list[Object]:
        if kustomization not in self._built:
            self._built[kustomization] = kustomize(kustomization)
        return self._built[kustomization]

    def validate(self, objects: list[Object]) -> None:
        """Hold each object, once, to the schemas of the API, where a field that they do not know is an error."""
        for found in objects:
            text = json.dumps(found, sort_keys=True)
            if text not in self._valid:
                for version in VERSIONS:
                    kubernetes_validate.validate(found, version, strict=True)
                self._valid.add(text)

    def release(self, answers: Answers, overlay: str) -> Release:
        """Return what one overlay applies, as objects of one's own."""
        project = self.project(answers)
        home = project / "deploy/kubernetes"
        files = {path.relative_to(home).as_posix(): path.read_text("utf-8") for path in home.rglob("*") if path.is_file()}
        kustomizations = {path: yaml.safe_load(text) for path, text in files.items() if path.endswith("/kustomization.yaml")}
        user = re.search(r"^USER (\d+):\1$", (project / "Dockerfile").read_text("utf-8"), re.MULTILINE)
        assert user, "the image's user is no number"
        return copy.deepcopy(
            Release(
                service=self.build(home / "overlays" / overlay),
                migration=self.build(home / "overlays" / overlay / "migrate"),
                base=self.build(home / "base"),
                kustomizations=kustomizations,
                files=files,
                settings=set(re.findall(r"^# ([A-Z][A-Z_]*)=", (project / ".env.example").read_text("utf-8"), re.MULTILINE)),
                secrets=required_secrets(answers),
                user=int(user[1]),
                page=(project / "docs/kubernetes.md").read_text("utf-8"),
                database=str(answers["database"]),
                redis=bool(answers.get("redis")),
            )
        )


def required_secrets(answers: Answers) -> set[str]:
    logins = {"JWT_SECRET"} if answers["auth"] == "jwt" else set[str]()
    return {"DATABASE_URL"} | logins | ({"REDIS_URL"} if answers.get("redis") else set())


def kustomize(directory: Path) -> list[Object]:
    """Build a kustomization with what is there. Skip loudly without either program, but fail in CI."""
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    if not shutil.which(command[0]):
        skip("neither kubectl nor kustomize is on the PATH: no manifest was built")
    result = subprocess.run([*command, str(directory)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    # A warning tells of something that newer versions refuse.
    assert not result.stderr, result.stderr
    return [found for found in yaml.safe_load_all(result.stdout) if found]


@pytest.fixture(scope="session")
def made(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return Manifests(tree, tmp_path_factory.mktemp("kubernetes"))


@EVERY_PROJECT
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_manifests_agree(made: Manifests, answers: Answers, overlay: str) -> None:
    assert manifests.complaints(made.release(answers, overlay)) == []


@EVERY_PROJECT
def test_the_api_takes_every_object(made: Manifests, answers: Answers) -> None:
    home = made.project(answers) / "deploy/kubernetes"
    kustomizations = [
        path.parent for path in home.rglob("kustomization.yaml") if yaml.safe_load(path.read_text())["kind"] != "Component"
    ]
    assert len(kustomizations) == 7
    for path in kustomizations:
        made.validate(made.build(path))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_the_api_does_not_know_is_refused(made: Manifests, version: str) -> None:
    deployment = made.release(FULL, "production").deployment
    deployment["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="livenessProb"):
        kubernetes_validate.validate(deployment, version, strict=True)


@pytest.mark.parametrize("texts", matrix.AWKWARD, ids=lambda texts: str(texts["project_slug"]))
def test_awkward_names_stay_names(made: Manifests, texts: Answers) -> None:
    for overlay in OVERLAYS:
        release = made.release({**FULL, **texts}, overlay)
        assert manifests.complaints(release) == []
        assert release.deployment["metadata"]["name"] == texts["project_slug"]


@EVERY_PROJECT
def test_the_commands_of_the_page_are_shell(made: Manifests, answers: Answers) -> None:
    page = (made.project(answers) / "docs/kubernetes.md").read_text("utf-8")
    commands = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(commands) >= 5
    subprocess.run(["sh", "-n"], input="".join(commands), text=True, check=True)


def test_frameworks_differ_only_in_what_they_run_on(made: Manifests) -> None:
    def alike(answers: Answers) -> Object:
        deployment = made.release(answers, "production").deployment
        pod = deployment["spec"]["template"]["spec"]
        for name in ("runAsUser", "runAsGroup", "fsGroup"):
            del pod["securityContext"][name]
        for name in ("env", "resources"):
            del pod["containers"][0][name]
        return deployment

    flask, fastapi, gin = (alike({**FULL, "template": template}) for template in matrix.SERVICES)
    assert flask == fastapi == gin


def test_a_changed_setting_replaces_the_pods(made: Manifests, tmp_path: Path) -> None:
    home = Path(shutil.copytree(made.project(FULL) / "deploy/kubernetes", tmp_path / "kubernetes"))
    before = kustomize(home / "overlays/production")
    settings = home / "common/settings.env"
    settings.write_text(settings.read_text("utf-8").replace("LOG_LEVEL=info", "LOG_LEVEL=warning"), "utf-8")
    after = kustomize(home / "overlays/production")
    assert settings_of(before)["data"]["LOG_LEVEL"] == "info"
    assert settings_of(after)["data"]["LOG_LEVEL"] == "warning"
    assert templates_of(before) != templates_of(after)


def test_one_line_changes_the_image_of_the_service_and_of_its_migration(made: Manifests, tmp_path: Path) -> None:
    home = Path(shutil.copytree(made.project(FULL) / "deploy/kubernetes", tmp_path / "kubernetes"))
    release = home / "overlays/production/release/kustomization.yaml"
    text, count = re.subn(r'newTag: ".*"', 'newTag: "1.2.3"', release.read_text("utf-8"))
    assert count == 1
    release.write_text(text, "utf-8")
    for kustomization in ("overlays/production", "overlays/production/migrate"):
        (template,) = templates_of(kustomize(home / kustomization))
        assert template["spec"]["containers"][0]["image"] == "registry.example.com/user-service:1.2.3"


def settings_of(objects: list[Object]) -> Object:
    return next(found for found in objects if found["kind"] == "ConfigMap")


def templates_of(objects: list[Object]) -> list[Object]:
    return [found["spec"]["template"] for found in objects if found["kind"] in ("Deployment", "Job")]


@dataclass(frozen=True)
class Mistake:
    """A mistake to plant, and the check that has to find it."""

    check: manifests.Check
    text: str
    plant: Callable[[Release], None]


GONE = object()


def change(check: manifests.Check, kind: str, path: str, value: Any) -> Mistake:
    """Return the mistake that a field of an object has another value, or none. `Kind/name` is one of several objects."""
    kind, _, ending = kind.partition("/")

    def plant(release: Release) -> None:
        for found in release.find(kind):
            if found["metadata"]["name"].endswith(ending):
                _put(found, path.split(), value)

    return Mistake(check, f"{kind} {path}", plant)


def act(check: manifests.Check, text: str, plant: Callable[[Release], Any]) -> Mistake:
    return Mistake(check, text, lambda release: (plant(release), None)[1])


def _put(found: Any, path: list[str], value: Any) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in path)
    for step in way:
        found = found.setdefault(step, {}) if isinstance(found, dict) else found[step]
    if value is GONE:
        del found[last]
    else:
        found[last] = value


POD = "spec template spec"
CONTAINER = f"{POD} containers 0"
LABEL = "app.kubernetes.io/component"
POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "user-service"}}


def _mistakes() -> Iterator[Mistake]:
    check = manifests.selectors_match
    yield change(check, "Deployment", f"spec template metadata labels {LABEL}", "web")
    yield change(check, "Service", f"spec selector {LABEL}", "web")
    yield change(check, "Service", f"spec selector {LABEL}", GONE)
    yield change(check, "PodDisruptionBudget", f"spec selector matchLabels {LABEL}", GONE)
    yield change(check, "Deployment", f"{POD} topologySpreadConstraints 1 labelSelector matchLabels {LABEL}", "web")
    check = manifests.selectors_stay
    yield change(check, "Deployment", "spec selector matchLabels environment", "production")
    yield act(check, "commonLabels", lambda release: release.kustomizations["base/kustomization.yaml"].update(commonLabels={}))
    included = {"labels": [{"pairs": {"a": "b"}, "includeSelectors": True}]}
    yield act(check, "includeSelectors", lambda release: release.kustomizations["base/kustomization.yaml"].update(included))
    check = manifests.ports_agree
    yield change(check, "Service", "spec ports 0 targetPort", "web")
    yield change(check, "Service", "spec ports 0 targetPort", 8080)
    yield change(check, "Deployment", f"{CONTAINER} ports 0 containerPort", 8080)
    yield change(check, "ConfigMap", "data PORT", "8080")
    yield change(check, "NetworkPolicy/from-ingress", "spec ingress 0 ports 0 port", 80)
    yield change(check, "Ingress/-api", "spec rules 0 http paths 0 backend service name", "other")
    yield change(check, "Ingress/-logins", "spec rules 0 http paths 0 backend service port name", "https")
    check = manifests.probes_ask_the_right_question
    yield change(check, "Deployment", f"{CONTAINER} livenessProbe httpGet path", "/readyz")
    yield change(check, "Deployment", f"{CONTAINER} livenessProbe httpGet port", "web")
    yield change(check, "Deployment", f"{CONTAINER} livenessProbe failureThreshold", 1)
    yield change(check, "Deployment", f"{CONTAINER} readinessProbe httpGet path", "/healthz")
    yield change(check, "Deployment", f"{CONTAINER} readinessProbe timeoutSeconds", 1)
    yield change(check, "Deployment", f"{CONTAINER} readinessProbe failureThreshold", 1)
    yield change(check, "Deployment", f"{CONTAINER} startupProbe failureThreshold", 5)
    yield change(check, "Deployment", f"{CONTAINER} startupProbe httpGet path", "/readyz")
    yield change(check, "Deployment", f"{CONTAINER} startupProbe", GONE)
    check = manifests.references_resolve
    yield change(check, "Deployment", f"{CONTAINER} envFrom 0 configMapRef name", "user-service-settings")
    yield change(check, "Job", f"{POD} serviceAccountName", "other")
    yield change(check, "Deployment", f"{POD} volumes 0 secret secretName", "other")
    yield change(check, "Deployment", f"{POD} volumes 0 secret defaultMode", 0o400)
    yield change(check, "Job", f"{POD} securityContext fsGroup", GONE)
    yield change(check, "Job", f"{CONTAINER} volumeMounts 0 mountPath", "/secrets")
    yield change(check, "Deployment", f"{CONTAINER} volumeMounts", [])
    yield change(check, "Ingress/user-service", "spec tls 0 secretName", "other")
    yield act(check, "a key of the Secret", lambda release: release.secrets.add("JWT_ISSUER"))
    check = manifests.page_names_what_is_there
    yield change(check, "Job", "metadata name", "user-service-migration")
    yield change(check, "Deployment", "metadata name", "user-service-api")
    yield change(check, "Namespace", "metadata name", "users")
    yield act(check, "path", lambda release: release.kustomizations.pop("overlays/production/migrate/kustomization.yaml"))
    check = manifests.files_are_used
    yield act(check, "file", lambda release: release.files.update({"base/role.yaml": ""}))
    check = manifests.network_is_closed
    yield change(check, "NetworkPolicy/default-deny", "spec policyTypes", ["Ingress"])
    yield change(check, "NetworkPolicy/default-deny", "spec egress", [{"to": [{}], "ports": [{"port": 443}]}])
    yield change(check, "NetworkPolicy/from-ingress", f"spec podSelector matchLabels {LABEL}", "web")
    yield change(check, "NetworkPolicy/from-ingress", f"spec podSelector matchLabels {LABEL}", GONE)
    yield change(check, "NetworkPolicy/from-ingress", "spec ingress 0 from", GONE)
    yield change(check, "NetworkPolicy/to-stores", f"spec podSelector matchLabels {LABEL}", "api")
    yield change(check, "NetworkPolicy/to-stores", "spec egress 0 ports 0 protocol", "TCP")
    yield change(check, "NetworkPolicy/to-stores", "spec egress 1 ports 0 port", 3306)
    yield change(check, "NetworkPolicy/to-stores", "spec egress 1 ports 1", GONE)
    yield change(check, "NetworkPolicy/to-stores", "spec egress 1 ports", GONE)
    yield change(check, "NetworkPolicy/to-stores", "spec egress 1 to", [])
    check = manifests.autoscaler_scales_the_deployment
    yield change(check, "HorizontalPodAutoscaler", "spec scaleTargetRef name", "other")
    yield change(check, "HorizontalPodAutoscaler", "spec minReplicas", 1)
    yield change(check, "HorizontalPodAutoscaler", "spec maxReplicas", 3)
    yield change(check, "Deployment", "spec replicas", 2)
    yield change(check, "Deployment", f"{CONTAINER} resources requests cpu", GONE)
    check = manifests.an_eviction_is_allowed
    yield change(check, "PodDisruptionBudget", "spec maxUnavailable", 0)
    yield change(check, "PodDisruptionBudget", "spec maxUnavailable", "100%")
    yield change(check, "PodDisruptionBudget", "spec unhealthyPodEvictionPolicy", "IfHealthyBudget")
    least = {"minAvailable": 3, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": {"matchLabels": {}}}
    yield change(check, "PodDisruptionBudget", "spec", least)
    check = manifests.images_agree
    yield change(check, "Job", f"{CONTAINER} image", "registry.example.com/user-service:0.0.9")
    yield act(check, "latest", _latest)
    yield change(check, "Job", f"{CONTAINER} args", ["serve"])
    check = manifests.environment_is_known
    yield change(check, "Deployment", f"{CONTAINER} env 0 name", "DATABASE_POOL")
    yield change(check, "Deployment", f"{POD} enableServiceLinks", GONE)
    yield change(check, "ConfigMap", "data LOGLEVEL", "info")
    yield change(check, "ConfigMap", "data APP_ENV", "development")
    yield change(check, "ConfigMap", "data HOST", "127.0.0.1")
    check = manifests.grace_is_long_enough
    yield change(check, "Deployment", f"{POD} terminationGracePeriodSeconds", 30)
    yield change(check, "Deployment", f"{POD} terminationGracePeriodSeconds", GONE)
    yield change(check, "ConfigMap", "data SHUTDOWN_TIMEOUT", "60")
    yield change(check, "Deployment", f"{CONTAINER} lifecycle preStop sleep seconds", 15)
    check = manifests.rollout_leaves_no_gap
    yield change(check, "Deployment", "spec strategy rollingUpdate maxUnavailable", 1)
    yield change(check, "Deployment", "spec strategy", {"type": "Recreate"})
    yield change(check, "Deployment", "spec minReadySeconds", GONE)
    yield change(check, "Deployment", f"{CONTAINER} lifecycle", GONE)
    yield change(check, "Deployment", f"{POD} topologySpreadConstraints 1 whenUnsatisfiable", "DoNotSchedule")
    check = manifests.user_is_that_of_the_image
    yield change(check, "Deployment", f"{POD} securityContext runAsUser", 10001)
    yield change(check, "Job", f"{POD} securityContext runAsGroup", GONE)
    check = manifests.profile_is_restricted
    for place in (f"{POD} hostNetwork", f"{POD} hostPID", f"{POD} hostIPC", f"{CONTAINER} securityContext privileged"):
        yield change(check, "Deployment", place, True)
    for place in ("allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"):
        yield change(check, "Deployment", f"{CONTAINER} securityContext {place}", GONE)
        yield change(check, "Job", f"{CONTAINER} securityContext {place}", GONE)
    yield change(check, "Deployment", f"{CONTAINER} securityContext capabilities add", ["NET_ADMIN"])
    yield change(check, "Deployment", f"{CONTAINER} securityContext procMount", "Unmasked")
    yield change(check, "Deployment", f"{CONTAINER} securityContext runAsUser", 0)
    yield change(check, "Deployment", f"{CONTAINER} ports 0 hostPort", 8000)
    yield change(check, "Deployment", f"{POD} initContainers", [{"name": "first", "image": "busybox"}])
    yield change(check, "Job", f"{POD} securityContext runAsNonRoot", GONE)
    yield change(check, "Job", f"{POD} securityContext seccompProfile", {"type": "Unconfined"})
    yield change(check, "Job", f"{POD} securityContext sysctls", [{"name": "kernel.shm_rmid_forced", "value": "0"}])
    yield change(check, "Job", f"{POD} securityContext seLinuxOptions", {"type": "spc_t"})
    yield change(check, "Job", f"{POD} securityContext appArmorProfile", {"type": "Unconfined"})
    yield change(check, "Job", f"{POD} securityContext windowsOptions", {"hostProcess": True})
    yield change(check, "Job", f"{POD} automountServiceAccountToken", GONE)
    yield change(check, "Job", f"{POD} volumes 0", {"name": "secrets", "hostPath": {"path": "/run/secrets"}})
    yield change(check, "Job", f"{POD} volumes 0", {"name": "secrets", "emptyDir": {}})
    check = manifests.resources_are_bounded
    yield change(check, "Deployment", f"{CONTAINER} resources requests cpu", "2")
    yield change(check, "Job", f"{CONTAINER} resources requests memory", "1Gi")
    yield change(check, "Job", f"{CONTAINER} resources limits memory", GONE)
    yield change(check, "Deployment", f"{CONTAINER} resources requests memory", "64Mi")
    yield change(check, "Deployment", f"{CONTAINER} env 1", {"name": "GOMEMLIMIT", "value": "256MiB"})
    yield change(check, "Deployment", f"{CONTAINER} env 1", {"name": "WEB_CONCURRENCY", "value": "8"})
    yield change(check, "Deployment", f"{CONTAINER} env", [])
    check = manifests.connections_fit
    yield change(check, "HorizontalPodAutoscaler", "spec maxReplicas", 10)
    yield change(check, "Deployment", f"{CONTAINER} env 0 value", "10")
    yield change(check, "Deployment", "spec minReadySeconds", 5)
    yield change(check, "Deployment", f"{CONTAINER} env 1", {"name": "WEB_CONCURRENCY", "value": "3"})
    check = manifests.migration_is_bounded
    for name in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        yield change(check, "Job", f"spec {name}", GONE)
    yield change(check, "Job", f"{POD} restartPolicy", "OnFailure")
    yield act(check, "with the service", lambda release: release.service.append(release.one("Job")))
    check = manifests.nothing_is_secret
    yield act(check, "Secret", lambda release: release.service.append({"kind": "Secret", "metadata": {"name": "x"}}))
    yield act(check, "generator", lambda release: release.kustomizations["base/kustomization.yaml"].update(secretGenerator=[]))
    yield change(check, "ConfigMap", "data JWT_SECRET", "x" * 32)
    yield change(check, "Job", f"{CONTAINER} env", [{"name": "DATABASE_URL", "value": "postgresql://host/name"}])
    yield act(check, "URL", lambda release: release.files.update({"base/a.yaml": "a: postgresql://me:secret@host/name"}))
    yield act(check, "random text", lambda release: release.files.update({"base/a.yaml": "a: " + "Ab3/" * 10 + "Abc="}))
    check = manifests.ingress_leads_to_the_service
    yield change(check, "Ingress/-api", "spec rules 0 host", "other.example.com")
    yield change(check, "Ingress/user-service", "spec tls", GONE)
    yield change(check, "Ingress/-api", "spec ingressClassName", GONE)
    yield change(check, "Ingress/-api", "spec rules 0 http paths 0 path", "/users")
    yield change(check, "Ingress/-api", "spec rules 0 http paths 0 pathType", "Exact")
    yield change(check, "Ingress/user-service", "metadata annotations nginx.org/client-max-body-size", "10m")
    yield change(check, "Ingress/-logins", "metadata annotations nginx.org/limit-req-rate", GONE)
    check = manifests.namespace_is_restricted
    yield change(check, "Namespace", "metadata labels pod-security.kubernetes.io/enforce", "baseline")
    yield change(check, "Service", "metadata namespace", "default")
    yield change(check, "Job", "metadata namespace", GONE)
    yield act(check, "none", lambda release: release.migration.remove(release.migration[0]))
    check = manifests.names_are_valid
    yield change(check, "Service", "metadata name", None)
    yield change(check, "Service", "metadata name", "s" * 64)
    yield change(check, "Deployment", f"{CONTAINER} ports 0 name", "HTTP")


def _latest(release: Release) -> None:
    for workload in release.workloads:
        workload["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/user-service:latest"


MISTAKES = tuple(_mistakes())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.check.__name__}-{mistake.text}")
def test_a_mistake_is_found(made: Manifests, mistake: Mistake) -> None:
    release = made.release(FULL, "production")
    assert list(mistake.check(release)) == []
    mistake.plant(release)
    assert list(mistake.check(release)) != []


def test_every_check_has_a_mistake() -> None:
    assert {mistake.check for mistake in MISTAKES} == set(manifests.CHECKS)
