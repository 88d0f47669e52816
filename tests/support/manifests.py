"""What has to hold between the Kubernetes objects of a generated project. Each check yields the complaints that it has."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

# Variables of the runtimes, which are no settings of the service: Go's, and the number of worker processes.
OF_RUNTIMES = {"GOMEMLIMIT", "WEB_CONCURRENCY"}
SECRETS = {"ADMIN_PASSWORD", "DATABASE_URL", "JWT_PREVIOUS_SECRETS", "JWT_PRIVATE_KEY", "JWT_SECRET", "REDIS_URL"}
DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306}
REDIS_PORT = 6379
# What a server allows unless it is told otherwise, without the connections that it keeps for its administrators.
MAX_CONNECTIONS = {"postgresql": 100 - 3, "mysql": 151 - 1}
# A migration takes two connections while it runs: the Job's, and that of a replica which starts.
OF_MIGRATIONS = 2 * 2
# Seconds after which the service answers 503 where its database hangs, and that it waits for another one's migration.
DATABASE_DEADLINE = 5
MIGRATION_WAIT = 10 + 60
CLUSTER_WIDE = {"Namespace"}


@dataclass
class Release:
    """All that one overlay applies, and what the rest of the project says."""

    service: list[Object]
    migration: list[Object]
    # The objects of the base that the overlay starts from.
    base: list[Object]
    # Every kustomization.yaml, by its path.
    kustomizations: dict[str, Object]
    # Every file, by its path, as text.
    files: dict[str, str]
    # The names of the settings, the secrets that have to be set, the number of the image's user, and the page for people.
    settings: set[str]
    secrets: set[str]
    user: int
    page: str
    database: str
    redis: bool

    @property
    def builds(self) -> Sequence[tuple[str, list[Object]]]:
        return (("service", self.service), ("migration", self.migration))

    def find(self, kind: str) -> list[Object]:
        return [found for found in (*self.service, *self.migration) if found["kind"] == kind]

    def one(self, kind: str) -> Object:
        found = self.find(kind)
        assert found, f"there is no {kind}"
        return found[0]

    @property
    def deployment(self) -> Object:
        return self.one("Deployment")

    @property
    def workloads(self) -> list[Object]:
        return [self.deployment, self.one("Job")]

    @property
    def replicas(self) -> tuple[int, int]:
        spec = self.one("HorizontalPodAutoscaler")["spec"]
        return spec["minReplicas"], spec["maxReplicas"]


Check = Callable[[Release], Iterator[str]]


def complaints(release: Release) -> list[str]:
    return [f"{check.__name__}: {complaint}" for check in CHECKS for complaint in check(release)]


def selectors_match(release: Release) -> Iterator[str]:
    """Every selector finds the replicas, and none of them the migration's pod: it answers no requests."""
    pods, other = _labels(release.deployment), _labels(release.one("Job"))
    for kind, selector in _selectors(release):
        if not _selects(selector, pods):
            yield f"the selector of the {kind} does not match the pods of the Deployment"
        if _selects(selector, other):
            yield f"the selector of the {kind} also matches the pods of the migration"


def selectors_stay(release: Release) -> Iterator[str]:
    """A Deployment's selector cannot be changed later, so no overlay may have one of its own."""
    base = next(found for found in release.base if found["kind"] == "Deployment")
    if base["spec"]["selector"] != release.deployment["spec"]["selector"]:
        yield "the overlay changes the selector of the Deployment"
    for path, kustomization in release.kustomizations.items():
        labels = kustomization.get("labels", [])
        if "commonLabels" in kustomization or any(entry.get("includeSelectors") for entry in labels):
            yield f"{path} adds labels to selectors"


def ports_agree(release: Release) -> Iterator[str]:
    listens = int(_settings(release)["PORT"])
    ports = _container(release.deployment)["ports"]
    if [port["containerPort"] for port in ports] != [listens]:
        yield f"the container's ports are not PORT, {listens}"
    names = {port["name"] for port in ports}
    service = release.one("Service")
    for port in service["spec"]["ports"]:
        if port["targetPort"] not in names:
            yield f"the Service leads to the port {port['targetPort']}, which the container does not have"
    offered = {port["name"] for port in service["spec"]["ports"]}
    for path in _paths(release):
        backend = path["backend"]["service"]
        if backend["name"] != service["metadata"]["name"] or backend["port"].get("name") not in offered:
            yield f"the Ingress leads {path['path']} to {backend}, which is no port of the Service"
    for policy in release.find("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            if [port["port"] for port in rule.get("ports", [])] != [listens]:
                yield f"{policy['metadata']['name']} does not let in to PORT, {listens}, alone"


def probes_ask_the_right_question(release: Release) -> Iterator[str]:
    container = _container(release.deployment)
    names = {port["name"] for port in container["ports"]}
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if kind not in container:
            yield f"there is no {kind}"
            return
        if container[kind].get("httpGet", {}).get("port") not in names:
            yield f"the {kind} asks a port that the container does not have"
    startup, liveness, readiness = (container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness"))
    if startup.get("httpGet", {}).get("path") != "/healthz":
        yield "the startup probe does not ask /healthz"
    if _patience(startup) < MIGRATION_WAIT:
        yield f"the startup probe ends a replica that waits {MIGRATION_WAIT} s for a migration"
    if liveness.get("httpGet", {}).get("path") != "/healthz":
        yield "the liveness probe asks for more than the process, so that an outage of the database restarts it"
    if _patience(liveness) < 30:
        yield "the liveness probe restarts a replica that was slow for less than 30 s"
    if readiness.get("httpGet", {}).get("path") != "/readyz":
        yield "the readiness probe does not ask /readyz"
    if readiness["timeoutSeconds"] <= DATABASE_DEADLINE:
        yield "the readiness probe does not wait for the answer that the database hangs"
    if readiness["failureThreshold"] < 2 or _patience(readiness) < 10:
        yield "the readiness probe takes a replica out for one bad moment"


def references_resolve(release: Release) -> Iterator[str]:
    """Whatever an object names is there, or is made by a command of the documentation."""
    for name, build in release.builds:
        has = {(found["kind"], found["metadata"]["name"]) for found in build}
        for pod in (_pod(found) for found in build if found["kind"] in ("Deployment", "Job")):
            wanted = {("ServiceAccount", pod.get("serviceAccountName", "default"))}
            wanted |= {("ConfigMap", source["configMapRef"]["name"]) for source in _container_of(pod).get("envFrom", [])}
            for kind, missing in wanted - has:
                yield f"the {name} has no {kind} {missing}"
    for workload in release.workloads:
        volumes = {volume["name"]: volume for volume in _pod(workload).get("volumes", [])}
        mounts = {mount["name"]: mount for mount in _container(workload).get("volumeMounts", [])}
        if volumes.keys() != mounts.keys():
            yield f"the volumes of the {workload['kind']} are not those that it mounts"
        secrets = [volume for volume in volumes.values() if "secret" in volume]
        at = {mounts[volume["name"]]["mountPath"] for volume in secrets if volume["name"] in mounts}
        if at != {_settings(release)["SECRETS_DIR"]}:
            yield f"the {workload['kind']} has no Secret at SECRETS_DIR"
        for volume in secrets:
            if not volume["secret"].get("defaultMode", 0o644) & 0o040 or "fsGroup" not in _pod(workload)["securityContext"]:
                yield f"the group of the {workload['kind']} cannot read its Secret"
            yield from _documented(release, "generic", volume["secret"]["secretName"])
    for ingress in release.find("Ingress"):
        for tls in ingress["spec"].get("tls", []):
            yield from _documented(release, "tls", tls["secretName"])
    keys = set(re.findall(r'--from-file="\$secrets/(\w+)"', release.page))
    if keys != release.secrets:
        yield f"the documentation makes a Secret of {sorted(keys)}, not of {sorted(release.secrets)}"


def page_names_what_is_there(release: Release) -> Iterator[str]:
    has = {(found["kind"].lower(), found["metadata"]["name"]) for _, build in release.builds for found in build}
    for kind, name in re.findall(r"\b(deployment|job)(?:/| )([a-z][a-z0-9-]*)(?=[ \n`])", release.page):
        if (kind, name) not in has:
            yield f"the documentation speaks of the {kind} {name}"
    paths = {path.rpartition("/")[0] for path in release.kustomizations} | release.files.keys()
    for path in re.findall(r"--(?:kustomize|filename)=deploy/kubernetes/(\S+)", release.page):
        if path not in paths:
            yield f"the documentation applies {path}"
    if not re.search(rf"[=`]{release.one('Namespace')['metadata']['name']}[ \n`]", release.page):
        yield "the documentation does not name the namespace"


def files_are_used(release: Release) -> Iterator[str]:
    used = set(release.kustomizations)
    for path, kustomization in release.kustomizations.items():
        home = path.rpartition("/")[0]
        names = [*kustomization.get("resources", [])]
        names += [name for generator in kustomization.get("configMapGenerator", []) for name in generator.get("envs", [])]
        used |= {f"{home}/{name}" for name in names}
    for path in sorted(release.files.keys() - used):
        yield f"{path} is in no kustomization"


def network_is_closed(release: Release) -> Iterator[str]:
    """Everything is denied, and then what is needed is allowed, by policies that select something."""
    pods = [_labels(workload) for workload in release.workloads]
    rest = [policy["spec"] for policy in release.find("NetworkPolicy")]
    if not any(_denies_all(spec) for spec in rest):
        yield "no policy denies everything to every pod"
    for policy in release.find("NetworkPolicy"):
        selector = policy["spec"]["podSelector"].get("matchLabels", {})
        if not any(_selects(selector, labels) for labels in pods):
            yield f"{policy['metadata']['name']} selects no pod"
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            if not all(rule.get(peers) and rule.get("ports") for rule in policy["spec"].get(direction, [])):
                yield f"{policy['metadata']['name']} has a rule for everyone, or for every port"
    if not _allowed(release, "ingress", pods[0]):
        yield "nobody may reach the service"
    if _allowed(release, "ingress", pods[1]):
        yield "the migration may be reached"
    wanted = {("UDP", 53), ("TCP", 53), ("TCP", DATABASE_PORTS[release.database])}
    wanted |= {("TCP", REDIS_PORT)} if release.redis else set()
    for workload, labels in zip(release.workloads, pods, strict=True):
        allowed = _allowed(release, "egress", labels)
        if allowed != wanted:
            yield f"the {workload['kind']} may reach {sorted(allowed)}, not {sorted(wanted)}"


def autoscaler_scales_the_deployment(release: Release) -> Iterator[str]:
    spec = release.one("HorizontalPodAutoscaler")["spec"]
    target = spec["scaleTargetRef"]
    deployment = release.deployment
    if (target["kind"], target["name"], target["apiVersion"]) != ("Deployment", deployment["metadata"]["name"], "apps/v1"):
        yield f"the autoscaler scales {target}"
    if "replicas" in deployment["spec"]:
        yield "the Deployment resets the number of replicas that the autoscaler has set"
    if not 2 <= spec["minReplicas"] < spec["maxReplicas"]:
        yield "the autoscaler has no room, or keeps a single replica"
    for metric in spec["metrics"]:
        if metric["resource"]["name"] not in _container(deployment)["resources"]["requests"]:
            yield f"the autoscaler measures {metric['resource']['name']}, which is not requested"


def an_eviction_is_allowed(release: Release) -> Iterator[str]:
    """With the fewest replicas one may still be evicted, so that nodes can be drained, and not all of them."""
    spec, (fewest, _) = release.one("PodDisruptionBudget")["spec"], release.replicas
    if "maxUnavailable" in spec:
        evictable = _share(spec["maxUnavailable"], fewest)
    else:
        evictable = fewest - _share(spec["minAvailable"], fewest)
    if not 1 <= evictable < fewest:
        yield f"{evictable} of {fewest} replicas may be evicted"
    if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
        yield "a node cannot be drained while the database is away"


def images_agree(release: Release) -> Iterator[str]:
    images = {_container(workload)["image"] for workload in release.workloads}
    if len(images) != 1:
        yield f"the service and its migration are of different images: {sorted(images)}"
    for image in images:
        _, _, tag = image.rpartition("/")[2].partition(":")
        if tag in ("", "latest") and "@sha256:" not in image:
            yield f"{image} can be another one tomorrow"
    commands = {workload["kind"]: _container(workload).get("args") for workload in release.workloads}
    if commands != {"Deployment": ["serve"], "Job": ["migrate"]}:
        yield f"the commands are {commands}"


def environment_is_known(release: Release) -> Iterator[str]:
    known = release.settings | OF_RUNTIMES
    for workload in release.workloads:
        for variable in _container(workload).get("env", []):
            if variable["name"] not in known:
                yield f"{variable['name']} of the {workload['kind']} is no setting"
        if _pod(workload).get("enableServiceLinks", True):
            yield f"the {workload['kind']} gets variables that describe services"
    for config in release.find("ConfigMap"):
        for name in sorted(config["data"].keys() - release.settings):
            yield f"{name} of the ConfigMap is no setting"
    if _settings(release).get("APP_ENV") != "production" or _settings(release).get("HOST") != "0.0.0.0":  # noqa: S104
        yield "the service is not started for production on every address"


def grace_is_long_enough(release: Release) -> Iterator[str]:
    pod = _pod(release.deployment)
    needed = _delay_before_the_end(release) + int(_settings(release)["SHUTDOWN_TIMEOUT"])
    if not needed < pod.get("terminationGracePeriodSeconds", 30):
        yield f"a pod is killed before the {needed} s that it needs to end"


def rollout_leaves_no_gap(release: Release) -> Iterator[str]:
    spec = release.deployment["spec"]
    rolling = spec.get("strategy", {}).get("rollingUpdate", {})
    if rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
        yield "a rollout ends a replica before the next one is ready"
    if spec.get("minReadySeconds", 0) < 10:
        yield "a rollout goes on before a new replica has shown that it lasts"
    if _delay_before_the_end(release) < 5:
        yield "a pod takes no more connections while the ingress controller may still send some"
    for constraint in _pod(release.deployment)["topologySpreadConstraints"]:
        if constraint["whenUnsatisfiable"] != "ScheduleAnyway" and constraint["maxSkew"] == 1:
            yield "a rollout may wait for a node that is not there"


def user_is_that_of_the_image(release: Release) -> Iterator[str]:
    for workload in release.workloads:
        for name in ("runAsUser", "runAsGroup", "fsGroup"):
            if _pod(workload)["securityContext"].get(name) != release.user:
                yield f"{name} of the {workload['kind']} is not {release.user}"


def profile_is_restricted(release: Release) -> Iterator[str]:
    """The restricted profile of the Pod Security Standards, and beyond it: no writing, no token."""
    for workload in release.workloads:
        pod = _pod(workload)
        for complaint in (*_baseline(pod), *_restricted(pod)):
            yield f"the {workload['kind']} {complaint}"
        for container in _containers(pod):
            if not container.get("securityContext", {}).get("readOnlyRootFilesystem"):
                yield f"the {workload['kind']} may write to its image"
        if pod.get("automountServiceAccountToken", True):
            yield f"the {workload['kind']} has a token for the Kubernetes API"
        for volume in pod.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"the {workload['kind']} may fill the node's disk through {volume['name']}"


def resources_are_bounded(release: Release) -> Iterator[str]:
    for workload in release.workloads:
        resources = _container(workload)["resources"]
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not {"cpu", "memory"} == requests.keys() == limits.keys():
            yield f"the {workload['kind']} does not bound its CPU and memory"
            continue
        for name in ("cpu", "memory"):
            if quantity(requests[name]) > quantity(limits[name]):
                yield f"the {workload['kind']} requests more {name} than it may use"
    if not 0.8 <= _go_share(release) <= 0.95:
        yield "GOMEMLIMIT is not about nine tenths of the memory limit"
    cpus = math.ceil(quantity(_container(release.deployment)["resources"].get("limits", {}).get("cpu", "1")))
    if not 1 <= _workers(release) <= 2 * cpus + 1:
        yield f"{_workers(release)} worker processes share {cpus} CPU"


def connections_fit(release: Release) -> Iterator[str]:
    """All replicas of a rollout at their largest number, those that are ending and migrations have connections enough."""
    spec = release.deployment["spec"]
    ending = math.ceil(_pod(release.deployment)["terminationGracePeriodSeconds"] / max(spec.get("minReadySeconds", 0), 1))
    pods = release.replicas[1] + spec["strategy"]["rollingUpdate"]["maxSurge"] + ending
    variables = {variable["name"]: variable.get("value") for variable in _container(release.deployment).get("env", [])}
    pool = int(variables.get("DATABASE_POOL_SIZE") or _settings(release).get("DATABASE_POOL_SIZE") or 10)
    needed = pods * _workers(release) * pool + OF_MIGRATIONS
    if needed > MAX_CONNECTIONS[release.database]:
        yield f"{pods} pods may need {needed} connections, and the database has {MAX_CONNECTIONS[release.database]}"


def migration_is_bounded(release: Release) -> Iterator[str]:
    spec = release.one("Job")["spec"]
    if _pod(release.one("Job")).get("restartPolicy") != "Never":
        yield "the log of a migration that failed is lost"
    for name in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if name not in spec:
            yield f"the migration has no {name}"
    if any(found["kind"] == "Job" for found in release.service):
        yield "a Job cannot be changed, and so the service cannot be applied again"


def nothing_is_secret(release: Release) -> Iterator[str]:
    if release.find("Secret"):
        yield "there is a Secret"
    for path, kustomization in release.kustomizations.items():
        if "secretGenerator" in kustomization:
            yield f"{path} makes a Secret"
    for _, build in release.builds:
        for found in build:
            given = dict(found.get("data", {}))
            if found["kind"] in ("Deployment", "Job"):
                given |= {variable["name"]: variable for variable in _container(found).get("env", [])}
            for name in sorted(SECRETS & given.keys()):
                yield f"the {found['kind']} holds {name}"
    for path, text in release.files.items():
        if re.search(r"://[^\s/@]*:[^\s/@]+@", text) or re.search(r"PRIVATE KEY|[A-Za-z0-9+/]{43}=", text):
            yield f"{path} holds what looks like a secret"


def ingress_leads_to_the_service(release: Release) -> Iterator[str]:
    ingresses = release.find("Ingress")
    hosts = {rule["host"] for ingress in ingresses for rule in ingress["spec"]["rules"]}
    covered = {host for ingress in ingresses for tls in ingress["spec"].get("tls", []) for host in tls["hosts"]}
    if len(hosts) != 1 or hosts != covered:
        yield f"the hosts are {sorted(hosts)}, and those with a certificate {sorted(covered)}"
    for ingress in ingresses:
        if ingress["spec"].get("ingressClassName") != "nginx":
            yield f"the Ingress {ingress['metadata']['name']} is of no controller"
    paths = [(path["pathType"], path["path"]) for path in _paths(release)]
    for target in ("/users/1", "/a-new-resource/1"):
        if not any(_leads(kind, path, target) for kind, path in paths):
            yield f"{target} is not open"
    if {ingress["metadata"]["annotations"].get("nginx.org/client-max-body-size") for ingress in ingresses} - {None} != {"1m"}:
        yield "bodies are not limited to what the service takes"
    limited = [ingress for ingress in ingresses if "nginx.org/limit-req-rate" in ingress["metadata"]["annotations"]]
    wanted = {"/auth/login", "/auth/register"} if "JWT_SECRET" in release.settings else set()
    if {path["path"] for ingress in limited for path in _paths_of(ingress)} != wanted:
        yield f"the paths with a limit are not {sorted(wanted)}"


def namespace_is_restricted(release: Release) -> Iterator[str]:
    for name, build in release.builds:
        namespaces = [found for found in build if found["kind"] == "Namespace"]
        if [found["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") for found in namespaces] != ["restricted"]:
            yield f"the {name} has no namespace that enforces the restricted profile"
        names = {found["metadata"]["name"] for found in namespaces}
        for found in build:
            if found["kind"] not in CLUSTER_WIDE and {found["metadata"].get("namespace")} != names:
                yield f"the {found['kind']} {found['metadata']['name']} of the {name} is in another namespace"


def names_are_valid(release: Release) -> Iterator[str]:
    """Labels of DNS (RFC 1123), which every kind of object takes; the schema says nothing of names."""
    for _, build in release.builds:
        for found in build:
            names = [found["metadata"]["name"], *found["metadata"].get("labels", {}).values()]
            if found["kind"] in ("Deployment", "Job"):
                names += [_container(found)["name"], *(port["name"] for port in _container(found).get("ports", []))]
            for name in names:
                if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", name):
                    yield f"{name!r} of the {found['kind']} is no name"


CHECKS: tuple[Check, ...] = (
    selectors_match,
    selectors_stay,
    ports_agree,
    probes_ask_the_right_question,
    references_resolve,
    page_names_what_is_there,
    files_are_used,
    network_is_closed,
    autoscaler_scales_the_deployment,
    an_eviction_is_allowed,
    images_agree,
    environment_is_known,
    grace_is_long_enough,
    rollout_leaves_no_gap,
    user_is_that_of_the_image,
    profile_is_restricted,
    resources_are_bounded,
    connections_fit,
    migration_is_bounded,
    nothing_is_secret,
    ingress_leads_to_the_service,
    namespace_is_restricted,
    names_are_valid,
)


_SUFFIXES = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def quantity(text: str | int | float) -> float:
    """Return a Kubernetes quantity as a number.

    >>> quantity("250m"), quantity("1Mi"), quantity(2)
    (0.25, 1048576.0, 2.0)
    """
    found = re.fullmatch(r"([0-9.]+)([mkMG]|[KMG]i)?", str(text))
    if not found:
        raise ValueError(f"{text!r} is no quantity")
    return float(found[1]) * _SUFFIXES.get(found[2] or "", 1)


# Every way in which a pod can get at its node; the volumes are those that the restricted profile allows.
_HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"}
_SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def _baseline(pod: Object) -> Iterator[str]:
    for name in _HOST_NAMESPACES:
        if pod.get(name):
            yield f"has {name}"
    for context in _contexts(pod):
        if context.get("privileged"):
            yield "is privileged"
        if context.get("procMount", "Default") != "Default":
            yield "has an unmasked /proc"
        if context.get("windowsOptions", {}).get("hostProcess"):
            yield "is a process of a Windows host"
        options = context.get("seLinuxOptions", {})
        if options.get("type", "") not in _SELINUX or options.get("user") or options.get("role"):
            yield "chooses its SELinux label"
        if context.get("appArmorProfile", {}).get("type") == "Unconfined":
            yield "is without AppArmor"
    if pod.get("securityContext", {}).get("sysctls"):
        yield "sets sysctls"
    for container in _containers(pod):
        if any(port.get("hostPort") for port in container.get("ports", [])):
            yield "has a port of the node"


def _restricted(pod: Object) -> Iterator[str]:
    outer = pod.get("securityContext", {})
    for volume in pod.get("volumes", []):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield f"has a volume of the type {kind}"
    for container in _containers(pod):
        context = container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation", True):
            yield "may gain privileges"
        if not context.get("runAsNonRoot", outer.get("runAsNonRoot", False)):
            yield "may run as root"
        if context.get("runAsUser", outer.get("runAsUser")) == 0:
            yield "runs as root"
        profile = context.get("seccompProfile", outer.get("seccompProfile", {})).get("type")
        if profile not in ("RuntimeDefault", "Localhost"):
            yield "is without a seccomp profile"
        capabilities = context.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
            yield "has capabilities"


def _contexts(pod: Object) -> Iterator[Object]:
    yield pod.get("securityContext", {})
    for container in _containers(pod):
        yield container.get("securityContext", {})


def _pod(workload: Object) -> Object:
    found: Object = workload["spec"]["template"]["spec"]
    return found


def _containers(pod: Object) -> list[Object]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def _container(workload: Object) -> Object:
    return _container_of(_pod(workload))


def _container_of(pod: Object) -> Object:
    (found,) = pod["containers"]
    result: Object = found
    return result


def _labels(workload: Object) -> dict[str, str]:
    found: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return found


def _settings(release: Release) -> dict[str, str]:
    found: dict[str, str] = release.one("ConfigMap")["data"]
    return found


def _selectors(release: Release) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "Deployment", release.deployment["spec"]["selector"]["matchLabels"]
    yield "Service", release.one("Service")["spec"]["selector"]
    yield "PodDisruptionBudget", release.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]
    for constraint in _pod(release.deployment)["topologySpreadConstraints"]:
        yield "topology spread", constraint["labelSelector"]["matchLabels"]


def _selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


def _paths(release: Release) -> Iterator[Object]:
    for ingress in release.find("Ingress"):
        yield from _paths_of(ingress)


def _paths_of(ingress: Object) -> Iterator[Object]:
    for rule in ingress["spec"]["rules"]:
        yield from rule.get("http", {}).get("paths", [])


def _leads(kind: str, pattern: str, path: str) -> bool:
    return pattern == path or (kind == "Prefix" and path.startswith(pattern.rstrip("/") + "/"))


def _patience(probe: Object) -> int:
    """Return for how many seconds a probe may fail before something is done."""
    patience: int = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
    return patience


def _documented(release: Release, kind: str, name: str) -> Iterator[str]:
    if not re.search(rf"kubectl create secret {kind} {re.escape(name)}\s", release.page):
        yield f"no command of the documentation makes the Secret {name}"


def _denies_all(spec: Object) -> bool:
    closed = {"Ingress", "Egress"} <= set(spec["policyTypes"]) and not spec.get("ingress") and not spec.get("egress")
    return spec["podSelector"] == {} and closed


def _allowed(release: Release, direction: str, labels: Mapping[str, str]) -> set[tuple[str, int]]:
    """Return the protocols and ports that the policies open for a pod in one direction."""
    allowed = set()
    for policy in release.find("NetworkPolicy"):
        if _selects(policy["spec"]["podSelector"].get("matchLabels", {}), labels):
            for rule in policy["spec"].get(direction, []):
                allowed |= {(port.get("protocol", "TCP"), port["port"]) for port in rule.get("ports", [])}
    return allowed


def _share(amount: int | str, of: int) -> int:
    return math.ceil(of * int(amount.rstrip("%")) / 100) if isinstance(amount, str) else amount


def _delay_before_the_end(release: Release) -> int:
    seconds: int = _container(release.deployment).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    return seconds


def _resource(release: Release, reference: str) -> float:
    group, _, name = reference.partition(".")
    return quantity(_container(release.deployment)["resources"][group][name])


def _variable(release: Release, name: str) -> Object | None:
    return next((entry for entry in _container(release.deployment).get("env", []) if entry["name"] == name), None)


def _go_share(release: Release) -> float:
    """Return GOMEMLIMIT as a part of the memory limit, or what a part of it should be where the runtime is not Go's."""
    entry = _variable(release, "GOMEMLIMIT")
    if entry is None:
        return 0.0 if _variable(release, "WEB_CONCURRENCY") is None else 0.9
    if "value" in entry:
        limit = quantity(entry["value"].removesuffix("B"))
    else:
        limit = _resource(release, entry["valueFrom"]["resourceFieldRef"]["resource"])
    return limit / _resource(release, "limits.memory")


def _workers(release: Release) -> int:
    """Return the number of processes that answer requests in a pod."""
    entry = _variable(release, "WEB_CONCURRENCY")
    if entry is None:
        return 1
    if "value" in entry:
        return int(entry["value"])
    return math.ceil(_resource(release, entry["valueFrom"]["resourceFieldRef"]["resource"]))
