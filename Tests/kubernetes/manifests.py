"""Checks ops/kubernetes against Kubernetes' own models, and what the models cannot know.

usage: manifests.py PROGRAM

Every field must be one that the API has, of its type. Beside that: selectors meet their pods, mounts their volumes,
probes their ports; no container may more than it needs, none is told a secret in its environment; the program takes the
arguments and knows the settings that it is given.
"""

import pathlib
import subprocess
import sys
import tempfile

import pydantic
import yaml
from kubernetes.client import models

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "ops/kubernetes"


def documents():
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == files - {"backfill.yaml"}, f"kustomization.yaml lists {listed}, there are {sorted(files)}"
    for name in sorted(files):
        for document in yaml.safe_load_all((FOLDER / name).read_text()):
            yield name, document


def check_model(document):
    """A field that the API does not have, or of another type, is refused."""
    try:
        getattr(models, "V1" + document["kind"]).model_validate(document)
    except pydantic.ValidationError as refusal:
        for error in refusal.errors():
            yield f"{document['kind']} {'.'.join(map(str, error['loc']))}: {error['msg']}"


def pod_of(document):
    spec = document["spec"]
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template")


def check_pod(document, pod, program):
    labels, spec, kind = pod["metadata"]["labels"], pod["spec"], document["kind"]
    selector = document["spec"].get("selector", {}).get("matchLabels", {})
    if not selector.items() <= labels.items():
        yield f"{kind} selects {selector}, its pods are {labels}"
    if not spec["securityContext"].get("runAsNonRoot") or spec.get("automountServiceAccountToken") is not False:
        yield f"{kind}'s pods may be root, or have the cluster's token"
    volumes = {volume["name"] for volume in spec["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in document["spec"].get("volumeClaimTemplates", [])}
    mounted = set()
    for container in spec.get("initContainers", []) + spec["containers"]:
        place = f"{kind} {container['name']}"
        mounted |= {mount["name"] for mount in container["volumeMounts"]}
        context = container["securityContext"]
        if context["allowPrivilegeEscalation"] or not context["readOnlyRootFilesystem"]:
            yield f"{place} may more than it needs"
        if not container["resources"]["limits"].get("memory"):
            yield f"{place} may take all memory"
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            port = container.get(probe, {}).get("httpGet", {}).get("port")
            if port and port not in ports:
                yield f"{place}: {probe} asks {port}, which is no port of it"
        if any("valueFrom" in variable for variable in container.get("env", [])):
            yield f"{place} is told something in its environment that is no plain value"
        if container["image"].startswith("flux-market:") and "command" not in container:
            yield from check_program(place, container, program)
    if mounted != volumes:
        yield f"{kind} mounts {sorted(mounted)}, its volumes are {sorted(volumes)}"


def check_program(place, container, program):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    if container["image"] != f"flux-market:{version}":
        yield f"{place} has {container['image']}, the program is {version}"
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "FLUX_DATABASE_URL": "postgres://127.0.0.1:9/none"}
    known = subprocess.run([program, "config", "--format", "csv"], capture_output=True, text=True, env=environment)
    settings = {line.split(",")[0] for line in known.stdout.splitlines()[1:]}
    for variable in container.get("env", []):
        name = variable["name"]
        if name.startswith("FLUX_") and name[len("FLUX_"):].lower().replace("_", "-") not in settings:
            yield f"{place} sets {name}, which is no setting"
    if container["args"] == ["collect"]:
        return  # which would begin to ask
    # Of words that it does not understand it would say so, with 64. With nobody at its database's address it ends so:
    with tempfile.TemporaryDirectory() as state:
        environment["FLUX_STATE_DIR"] = state
        tried = subprocess.run([program, *container["args"]], capture_output=True, text=True, env=environment)
    if tried.returncode not in (1, 69):
        yield f"{place}: flux-market {' '.join(container['args'])} ends with {tried.returncode}: {tried.stderr.strip()}"


def main(program):
    complaints = []
    count = 0
    for name, document in documents():
        count += 1
        complaints += [f"{name}: {complaint}" for complaint in check_model(document)]
        pod = pod_of(document)
        if pod:
            complaints += [f"{name}: {complaint}" for complaint in check_pod(document, pod, program)]
    print("\n".join(complaints) or f"{count} documents are what Kubernetes takes")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
