#!/usr/bin/python3
"""Writes what a package is made of, as CycloneDX 1.5: NuGet and npm packages, .NET's own parts, and the models.

    packaging/sbom.py NAME VERSION RUNTIME ASSETS.json [package-lock.json]
"""

import base64
import datetime
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def licence_of(nuspec: Path) -> list:
    """The licence that a NuGet package names."""
    text = re.sub(r'\sxmlns="[^"]*"', "", nuspec.read_text(encoding="utf-8-sig"))
    metadata = ElementTree.fromstring(text).find("metadata")
    licence = metadata.find("license")
    if licence is not None and licence.get("type") == "expression":
        return [{"expression": licence.text}]
    url = metadata.findtext("licenseUrl")
    name = licence.text if licence is not None else "see the package"
    return [{"license": {"name": name, **({"url": url} if url else {})}}]


def nuget(assets: dict, runtime: str) -> list:
    """The packages of a project that reach its output, and the runtime pack or compiler that it is built with."""
    folders = [Path(folder) for folder in assets["packageFolders"]]
    target = next(name for name in assets["targets"] if name.endswith("/" + runtime))
    found = []
    for key, library in assets["targets"][target].items():
        if library["type"] == "package" and ("runtime" in library or "native" in library or "runtimeTargets" in library):
            name, version = key.split("/")
            found.append((name, version, assets["libraries"][key]["sha512"]))
    for framework in assets["project"]["frameworks"].values():
        for pack in framework.get("downloadDependencies", []):
            if pack["name"].startswith("Microsoft.") or pack["name"].startswith("runtime."):
                found.append((pack["name"], pack["version"].strip("[]").split(",")[0], None))
    components = []
    for name, version, sha512 in sorted(found):
        folder = next((f / name.lower() / version for f in folders if (f / name.lower() / version).is_dir()), None)
        nuspec = folder / f"{name.lower()}.nuspec" if folder else None
        component = {"type": "library", "name": name, "version": version, "purl": f"pkg:nuget/{name}@{version}"}
        if sha512:
            component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(sha512).hex()}]
        if nuspec and nuspec.is_file():
            component["licenses"] = licence_of(nuspec)
        components.append(component)
    return components


def npm(lock: dict) -> list:
    """The npm packages of which files are embedded."""
    components = []
    for path, package in sorted(lock["packages"].items()):
        if not path or package.get("dev"):
            continue
        name = path.removeprefix("node_modules/")
        component = {
            "type": "library", "name": name, "version": package["version"],
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{package['version']}",
        }
        if package.get("integrity", "").startswith("sha512-"):
            component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(package["integrity"][7:]).hex()}]
        if package.get("license"):
            component["licenses"] = [{"expression": package["license"]}]
        components.append(component)
    return components


def models(folder: Path) -> list:
    """The models that are embedded, by their cards."""
    components = []
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        components.append({
            "type": "machine-learning-model", "name": card["name"], "version": card["version"],
            "hashes": [{"alg": "SHA-256", "content": card["sha256"]}],
            "licenses": [{"license": {"name": card["training"]["licence"]}}],
        })
    return components


def main() -> None:
    name, version, runtime, assets, *lock = sys.argv[1:]
    root = Path(__file__).resolve().parent.parent
    components = nuget(json.loads(Path(assets).read_text(encoding="utf-8-sig")), runtime)
    if lock:
        components += npm(json.loads(Path(lock[0]).read_text(encoding="utf-8")))
        components += models(root / "src" / "SernetStream.Models" / "BuiltIn")
    made = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "name": name, "version": version, "licenses": [{"expression": "MIT"}]},
            "properties": [{"name": "runtime", "value": runtime}],
        },
        "components": components,
    }, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
