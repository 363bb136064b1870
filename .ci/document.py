"""The published document: a validator that is not ours, each example against its schema, and what a linter asks for."""
import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

document = json.load(open(sys.argv[1], encoding="utf-8"))
validate(document)
found = []
registry = {"$defs": {}, "components": document["components"]}


def against(schema, example, where):
    whole = {**registry, "allOf": [schema]}
    for error in Draft202012Validator(whole).iter_errors(example):
        found.append(f"{where}: example: {error.message[:200]}")


def lint_schema(name, schema):
    for field, of in schema.get("properties", {}).items():
        where = f"{name}.{field}"
        if "title" not in of and "enum" not in of:
            found.append(f"{where}: no title")
        one = of.get("items", of) if of.get("type") == "array" else of
        kinds = one.get("type", [])
        text = kinds == "string" or "string" in kinds
        if text and not {"maxLength", "pattern", "enum", "format"} & set(one):
            found.append(f"{where}: text without a bound")
        lint_schema(where, of)
    for part in ("allOf", "oneOf"):
        for inner in schema.get(part, []):
            lint_schema(name, inner)


for name, schema in document["components"]["schemas"].items():
    lint_schema(name, schema)

ids, tags, examples = set(), {t["name"] for t in document["tags"]} | {"系统呼叫合作方"}, 0
for group in ("paths", "webhooks"):
    for path, item in document[group].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            if operation["operationId"] in ids:
                found.append(f"{where}: operationId is not its own")
            ids.add(operation["operationId"])
            if not operation.get("summary") or not set(operation["tags"]) <= tags:
                found.append(f"{where}: no summary, or an unknown tag")
            for parameter in operation.get("parameters", []):
                if not parameter.get("description") or "schema" not in parameter:
                    found.append(f"{where}: {parameter['name']} has no description")
            bodies = [("request", operation.get("requestBody", {}).get("content", {}))]
            bodies.append(("answer", operation["responses"]["200"].get("content", {})))
            for what, content in bodies:
                for media_type, media in content.items():
                    if "json" not in media_type:
                        continue
                    if "example" not in media:
                        found.append(f"{where}: {what} {media_type} has no example")
                        continue
                    against(media["schema"], media["example"], f"{where} {what}")
                    examples += 1
for name, response in document["components"]["responses"].items():
    for media in response["content"].values():
        against(media["schema"], media["example"], name)
used = json.dumps(document)
for name in document["components"]["schemas"]:
    if f'"#/components/schemas/{name}"' not in used:
        found.append(f"{name}: nothing names it")

print("\n".join(found) or f"the document is sound: {len(ids)} operations, {examples} examples")
sys.exit(bool(found))
