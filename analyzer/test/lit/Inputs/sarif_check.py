# What the published schema of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) demands of
# the objects that we write: which properties an object may and must have, their types
# and values. An object that is not listed here may not occur. Beside it what the
# schema cannot say (indices, ids, bases) and GitHub's limits.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: sarif_check.py FILE.sarif     or --self-test"""

import copy
import json
import re
import sys
import urllib.parse

S, N, B, I = str, (int, float), bool, int


def enum(*words):
    return lambda v: isinstance(v, str) and v in words


def at_least(low):
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= low


def uri(v):
    """RFC 3986: no blanks, no raw bytes above ASCII, every % followed by two digits."""
    return (isinstance(v, str) and re.fullmatch(r"[\x21-\x7e]*", v) is not None
            and not re.search(r"%(?![0-9A-Fa-f]{2})|[<>\"\\^`{|}]", v))


# kind of object -> property -> (required, check). A check is a type, a function, the
# name of a kind, or [check] for an array, {check} for an object of any names.
KINDS = {
    "log": {"$schema": (0, uri), "version": (1, enum("2.1.0")), "runs": (1, ["run"])},
    "run": {"tool": (1, "tool"), "columnKind": (0, enum("utf16CodeUnits", "unicodeCodePoints")),
            "originalUriBaseIds": (0, {"artifactLocation"}), "invocations": (0, ["invocation"]),
            "results": (0, ["result"]), "properties": (0, "bag")},
    "tool": {"driver": (1, "component")},
    "component": {"name": (1, S), "version": (0, S), "rules": (0, ["rule"])},
    "rule": {"id": (1, S), "name": (0, S), "shortDescription": (0, "multiformat"),
             "fullDescription": (0, "multiformat"), "help": (0, "multiformat"),
             "helpUri": (0, uri), "defaultConfiguration": (0, "configuration"),
             "properties": (0, "bag")},
    "multiformat": {"text": (1, S), "markdown": (0, S)},
    "configuration": {"level": (0, enum("none", "note", "warning", "error")),
                      "enabled": (0, B), "rank": (0, N)},
    "invocation": {"executionSuccessful": (1, B),
                   "toolExecutionNotifications": (0, ["notification"])},
    "notification": {"message": (1, "message"),
                     "level": (0, enum("none", "note", "warning", "error"))},
    "message": {"text": (1, S)},
    "result": {"ruleId": (0, S), "ruleIndex": (0, at_least(-1)),
               "kind": (0, enum("notApplicable", "pass", "fail", "review", "open",
                                "informational")),
               "level": (0, enum("none", "note", "warning", "error")),
               "message": (1, "message"), "locations": (0, ["location"]),
               "partialFingerprints": (0, {S}), "rank": (0, lambda v: isinstance(v, N) and -1 <= v <= 100),
               "relatedLocations": (0, ["location"]), "codeFlows": (0, ["codeFlow"]),
               "suppressions": (0, ["suppression"]),
               "baselineState": (0, enum("new", "unchanged", "updated", "absent")),
               "properties": (0, "bag")},
    "location": {"id": (0, at_least(-1)), "physicalLocation": (0, "physicalLocation"),
                 "logicalLocations": (0, ["logicalLocation"]), "message": (0, "message")},
    "physicalLocation": {"artifactLocation": (0, "artifactLocation"), "region": (0, "region")},
    "artifactLocation": {"uri": (0, uri), "uriBaseId": (0, S), "index": (0, at_least(-1))},
    "region": {"startLine": (0, at_least(1)), "startColumn": (0, at_least(1)),
               "endLine": (0, at_least(1)), "endColumn": (0, at_least(1)),
               "snippet": (0, "snippet")},
    "snippet": {"text": (0, S)},
    "logicalLocation": {"fullyQualifiedName": (0, S), "kind": (0, S), "name": (0, S)},
    "codeFlow": {"message": (0, "message"), "threadFlows": (1, ["threadFlow"])},
    "threadFlow": {"locations": (1, ["threadFlowLocation"])},
    "threadFlowLocation": {"location": (0, "location"), "state": (0, {"multiformat"}),
                           "importance": (0, enum("important", "essential", "unimportant"))},
    "suppression": {"kind": (1, enum("inSource", "external")),
                    "status": (0, enum("accepted", "underReview", "rejected")),
                    "justification": (0, S)},
    "bag": None,
}


def shape(value, kind, path):
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield "%s: not an array" % path
            return
        for i, v in enumerate(value):
            yield from shape(v, kind[0], "%s[%d]" % (path, i))
    elif isinstance(kind, (dict, set)):
        if not isinstance(value, dict):
            yield "%s: not an object" % path
            return
        for k, v in value.items():
            yield from shape(v, next(iter(kind)), "%s.%s" % (path, k))
    elif isinstance(kind, str):
        rules = KINDS[kind]
        if not isinstance(value, dict):
            yield "%s: not an object" % path
            return
        if rules is None:
            tags = value.get("tags", [])
            if not isinstance(tags, list) or len(set(tags)) != len(tags):
                yield "%s.tags: not an array of different strings" % path
            return
        for k in value:
            if k not in rules:
                yield "%s: a %s has no property %s" % (path, kind, k)
        for k, (needed, check) in rules.items():
            if k in value:
                yield from shape(value[k], check, "%s.%s" % (path, k))
            elif needed:
                yield "%s: no %s" % (path, k)
    elif isinstance(kind, (type, tuple)):
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            yield "%s: %r is of the wrong type" % (path, value)
    elif not kind(value):
        yield "%s: %r is not allowed" % (path, value)


def locations(result):
    yield from result.get("locations", [])
    yield from result.get("relatedLocations", [])
    for flow in result.get("codeFlows", []):
        for thread in flow["threadFlows"]:
            for step in thread["locations"]:
                if "location" in step:
                    yield step["location"]


def meaning(log):
    if len(log["runs"]) > 20:
        yield "more than 20 runs"
    for run in log["runs"]:
        rules = run["tool"]["driver"].get("rules", [])
        ids = [r["id"] for r in rules]
        if len(set(ids)) != len(ids):
            yield "two rules have one id"
        for r in rules:
            if len(r.get("properties", {}).get("tags", [])) > 20:
                yield "rule %s has more than 20 tags" % r["id"]
            if not r["shortDescription"]["text"] or len(r["fullDescription"]["text"]) > 1024:
                yield "rule %s: GitHub wants descriptions of 1 to 1024 characters" % r["id"]
        bases = run.get("originalUriBaseIds", {})
        for name, base in bases.items():
            if not base["uri"].endswith("/") or not urllib.parse.urlparse(base["uri"]).scheme:
                yield "base %s is no absolute URI that ends with a slash" % name
        results = run.get("results", [])
        if len(results) > 25000:
            yield "more than 25000 results"
        seen = set()
        for i, r in enumerate(results):
            where = "result %d" % i
            index = r.get("ruleIndex", -1)
            if index >= len(ids) or (index >= 0 and ids[index] != r["ruleId"]):
                yield "%s: ruleIndex is not that of its ruleId" % where
            if r.get("kind", "fail") != "fail" and r.get("level") != "none":
                yield "%s: only a failure has a level" % where
            if r.get("kind", "fail") == "fail" and r.get("level") == "none":
                yield "%s: a failure of level none" % where
            if not r.get("locations"):
                yield "%s: GitHub shows only what has a location" % where
            if not r.get("partialFingerprints"):
                yield "%s: no fingerprint" % where
            key = tuple(sorted(r.get("partialFingerprints", {}).items()))
            if key in seen:
                yield "%s: its fingerprints are those of another result" % where
            seen.add(key)
            for flow in r.get("codeFlows", []):
                for thread in flow["threadFlows"]:
                    if not thread["locations"]:
                        yield "%s: an empty flow" % where
            related = [l["id"] for l in r.get("relatedLocations", [])]
            if len(set(related)) != len(related) or len(related) > 1000:
                yield "%s: related locations have equal ids, or are too many" % where
            for l in locations(r):
                p = l.get("physicalLocation", {})
                a = p.get("artifactLocation", {})
                if "uriBaseId" in a and a["uriBaseId"] not in bases:
                    yield "%s: base %s is not declared" % (where, a["uriBaseId"])
                if "uriBaseId" in a and a.get("uri", "").startswith("/"):
                    yield "%s: an absolute path relative to a base" % where
                g = p.get("region", {})
                if "startColumn" in g and "startLine" not in g:
                    yield "%s: a column without a line" % where
                if "endLine" not in g and g.get("endColumn", 1 << 30) < g.get("startColumn", 0):
                    yield "%s: a region that ends before it begins" % where


def problems(log):
    found = list(shape(log, "log", "$"))
    return found or list(meaning(log))


def self_test():
    good = {"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "x", "rules": [{
            "id": "r", "shortDescription": {"text": "s"}, "fullDescription": {"text": "f"}}]}},
        "originalUriBaseIds": {"TOP": {"uri": "file:///a/"}},
        "results": [{"ruleId": "r", "ruleIndex": 0, "message": {"text": "m"},
                     "partialFingerprints": {"a/v1": "1"},
                     "relatedLocations": [{"id": 1}],
                     "locations": [{"physicalLocation": {
                         "artifactLocation": {"uri": "a.c", "uriBaseId": "TOP"},
                         "region": {"startLine": 1, "startColumn": 2, "endColumn": 3}}}]}]}]}

    def result(log):
        return log["runs"][0]["results"][0]

    def region(log):
        return result(log)["locations"][0]["physicalLocation"]["region"]

    damage = [
        lambda l: l.pop("version"),
        lambda l: l.update(version="2.0.0"),
        lambda l: l.update(extra=1),
        lambda l: result(l).update(level="fatal"),
        lambda l: result(l).update(kind="pass"),
        lambda l: result(l).update(ruleIndex=1),
        lambda l: result(l).update(rank=101),
        lambda l: result(l).update(message="m"),
        lambda l: result(l).update(suppressions=[{"kind": "mine"}]),
        lambda l: result(l).update(codeFlows=[{"threadFlows": [{"locations": []}]}]),
        lambda l: result(l)["relatedLocations"].append({"id": 1}),
        lambda l: result(l).pop("locations"),
        lambda l: result(l).pop("partialFingerprints"),
        lambda l: l["runs"][0]["results"].append(copy.deepcopy(result(l))),
        lambda l: region(l).update(startLine=0),
        lambda l: region(l).update(endColumn=1),
        lambda l: result(l)["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b.c"),
        lambda l: l["runs"][0].pop("originalUriBaseIds"),
        lambda l: l["runs"][0]["originalUriBaseIds"]["TOP"].update(uri="/a"),
    ]
    wrong = ["the good one: " + p for p in problems(good)]
    for i, d in enumerate(damage):
        log = copy.deepcopy(good)
        d(log)
        if not problems(log):
            wrong.append("damage %d goes unnoticed" % i)
    for w in wrong:
        print(w)
    return 1 if wrong else 0


if sys.argv[1] == "--self-test":
    sys.exit(self_test())
with open(sys.argv[1], encoding="utf-8") as f:
    bad = problems(json.load(f))
for b in bad[:20]:
    print(b)
sys.exit(1 if bad else 0)
