"""Each rule, tripped by a file: its name, the exact place, the line, what is wrong and what to do.

In the files below, ▸ marks the place that the problem must point at; it is no part of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from workbench import CAMPAIGN, PROJECT

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\n"
PUSH = HEAD + "endpoint: timpush/push\n"
PUSH_ALL = PUSH + "audience: {everyone: true}\n"
IM_PUSH = HEAD + "endpoint: all_member_push/im_push\n"
IM_PUSH_ALL = IM_PUSH + "audience: {everyone: true}\n"
BATCH = HEAD + "endpoint: timpush/batch\nfrom: admin\n"
BATCH_RONG = BATCH + "audience: {accounts: [rong]}\n"
WEB = HEAD + "endpoint: timpush/webpush\n"
WEB_ALL = WEB + "audience: {everyone: true}\n"
SEND = HEAD + "endpoint: openim/batchsendmsg\n"
SEND_RONG = SEND + "audience: {accounts: [rong]}\n"
TEXT = "message: [{text: hi}]\n"
NOTE = "notification: {title: Hi, desc: There}\n"
CHINESE_51 = "一二三四五六七八九十一二三四五六七"
"""Seventeen characters, which are 51 bytes."""
ELEVEN = "abcdefghijk"
TWO_HOURS = (
    "{not_before: 2026-12-01T10:00:00Z, not_after: 2026-12-01T12:00:00Z}",
    "{local: 2026-12-01T10:00, local_until: 2026-12-01T12:00, default: UTC}",
)
TEN_VALUES = "{a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}"


class Case(NamedTuple):
    """A file that breaks one rule."""

    rule: str
    text: str
    message: str
    hint: str = ""


KEYS = [
    Case("unknown-key", PUSH_ALL + "▸notifcation: {title: Hi}\n", "no key 'notifcation'", "'notification'"),
    Case(
        "unknown-key", PUSH_ALL + "notification: {▸titel: Hi}\n", "notification has no key 'titel'", "'title'"
    ),
    Case(
        "unknown-key",
        PUSH_ALL + "notification: {title: Hi, android: {huawei: {▸chanel_id: x}}}\n",
        "notification.android.huawei has no key 'chanel_id'",
        "'channel_id'",
    ),
    Case("unknown-key", PUSH_ALL + "message: [{▸txet: hi}]\n", "message has no key 'txet'", "'text'"),
    Case(
        "unknown-key",
        PUSH_ALL + "notification:\n  ▸HuaWeiChannelID: x\n",
        "no key",
        "android.huawei.channel_id?",
    ),
    Case(
        "missing-key",
        "▸" + HEAD + "audience: {everyone: true}\n" + NOTE,
        "the file lacks 'endpoint'",
        "add endpoint",
    ),
    Case(
        "missing-key", PUSH_ALL + "message: [{▸sound: {url: x}}]\n", "message.sound lacks 'uuid'", "add uuid"
    ),
    Case("missing-key", PUSH_ALL + NOTE + "▸recall: {desc: Sorry}\n", "recall lacks 'title'", "add title"),
    Case("empty-value", PUSH + "▸audience:\n" + NOTE, "audience has no value", "leave the key out"),
    Case(
        "empty-value",
        PUSH_ALL + "notification: {▸title: , desc: x}\n",
        "title has no value",
        "leave the key out",
    ),
    Case("wrong-type", PUSH_ALL + "notification: {title: ▸5}\n", "title is not a text", "in quotes"),
    Case("wrong-type", PUSH_ALL + "notification: {title: ▸true}\n", "not a text but true", 'such as "5"'),
    Case("wrong-type", PUSH_ALL + "notification: {title: ▸1.5}\n", "not a text but a number", "in quotes"),
    Case("wrong-type", PUSH_ALL + "notification: {title: ▸[a]}\n", "not a text but a list", "title: Hello"),
    Case("wrong-type", PUSH_ALL + "notification: ▸[title]\n", "not a mapping but a list", "`key: value`"),
    Case("wrong-type", BATCH + "audience: {accounts: ▸rong}\n" + NOTE, "a list but a text", "such as [one]"),
    Case(
        "wrong-type", PUSH + "audience: ▸everyone\n" + NOTE, "not a mapping but a text", "tags: {any: [TAG]}"
    ),
    Case("wrong-type", PUSH + "audience: {tags: ▸[a]}\n" + NOTE, "a mapping but a list", "{any: [a, b]}"),
    Case("wrong-type", PUSH_ALL + "message: ▸hello\n", "not a list but a text", "[{text: Hello}]"),
    Case("wrong-type", PUSH_ALL + "notification: {title: a, badge: ▸3}\n", "not a mapping", "{set: 1}"),
    Case("wrong-type", PUSH_ALL + "notification: {title: a, ext: ▸[1]}\n", "not a text", "{page: /sale}"),
    Case("wrong-type", PUSH_ALL + NOTE + "recall: ▸yes\n", "not a mapping", "{title: Sorry, desc:"),
    Case("unknown-key", PUSH_ALL + NOTE + "▸tags: [a]\n", "no key 'tags'", "did you mean audience.tags?"),
    Case("wrong-type", HEAD.replace("version: 1", "version: ▸1.0"), "number with a point", "such as 5"),
    Case("wrong-type", PUSH_ALL + NOTE + "owner: ▸5\n", "owner is not a text", "in quotes"),
    Case(
        "wrong-type",
        HEAD.replace("version: 1", "version: ▸'1'"),
        "version is not a whole number",
        "without quotes",
    ),
    Case(
        "wrong-type",
        SEND_RONG + TEXT + "delivery: {history: ▸no}\n",
        "history is not true or false",
        "YAML 1.2",
    ),
    Case(
        "wrong-type",
        SEND_RONG + TEXT + "delivery: {history: ▸on}\n",
        "history is not true or false",
        "YAML 1.2",
    ),
    Case(
        "wrong-type",
        BATCH + "audience: {accounts: [rong, ▸12345]}\n" + NOTE,
        "item 2 of accounts is not a text",
        "in quotes",
    ),
    Case(
        "not-a-choice",
        HEAD.replace("pushspec/v1", "▸pushspec/v2") + NOTE,
        "apiVersion can only be pushspec/v1",
        "'pushspec/v1'",
    ),
    Case(
        "not-a-choice",
        HEAD + "endpoint: ▸timpush/pusch\n" + NOTE,
        "endpoint is not one of timpush/push",
        "'timpush/push'",
    ),
    Case(
        "not-a-choice",
        PUSH + "audience: {everyone: ▸false}\n" + NOTE,
        "everyone can only be true",
        "write true",
    ),
    Case(
        "not-a-choice",
        PUSH + "audience: {everyone: ▸yes}\n" + NOTE,
        "everyone can only be true",
        "write true; in YAML 1.2 yes is a text",
    ),
    Case(
        "not-a-choice",
        PUSH + "audience: {everyone: ▸'true'}\n" + NOTE,
        "everyone can only be true",
        "write true without quotes",
    ),
    Case(
        "not-a-choice",
        SEND_RONG + TEXT + "delivery: {unread: ▸No}\n",
        "unread can only be false",
        "write false; in YAML 1.2 No is a text",
    ),
    Case(
        "not-a-choice",
        SEND_RONG + TEXT + "delivery: {unread: ▸true}\n",
        "unread can only be false",
        "leave the key out",
    ),
    Case(
        "not-a-choice",
        PUSH_ALL + "notification: {title: Hi, apns: {interruption_level: ▸timesensitive}}\n",
        "not one of active, critical, passive, time-sensitive",
        "'time-sensitive'",
    ),
    Case(
        "not-a-choice",
        PUSH_ALL + NOTE + "exceptions: [{policy: ▸quite-hours, reason: x}]\n",
        "policy is not known",
        "'quiet-hours'",
    ),
    Case("wrong-form", HEAD.replace("sale", "▸Spring_Sale") + NOTE, "a name of a-z, 0-9 and -"),
    Case("wrong-form", PUSH_ALL + NOTE + "variants: [{name: ▸A}]\n", "a name of a-z, 0-9 and -"),
    Case("out-of-range", HEAD.replace("sale", "▸" + "a" * 41) + NOTE, "name is longer than 40 characters"),
    Case("out-of-range", HEAD.replace("version: 1", "version: ▸0") + NOTE, "version is less than 1"),
    Case("out-of-range", PUSH_ALL + NOTE + "variants: ▸[]\n", "variants is empty", "at least one"),
    Case(
        "out-of-range", PUSH_ALL + NOTE + "exceptions: [{policy: everyone, reason: ▸''}]\n", "reason is empty"
    ),
    Case("out-of-range", SEND_RONG + TEXT + "delivery: {sequence: ▸4294967296}\n", "more than 4294967295"),
    Case(
        "out-of-range", PUSH_ALL + "notification: {title: Hi, badge: {set: ▸1000}}\n", "set is more than 999"
    ),
    Case(
        "unknown-environment",
        PUSH_ALL + NOTE + "environments: [▸sandbax]\n",
        "no environment sandbax",
        "'sandbox'",
    ),
    Case("schedule-time", PUSH_ALL + NOTE + "schedule: {not_before: ▸22:30}\n", "is not a time such as"),
    Case(
        "schedule-time",
        PUSH_ALL + NOTE + "schedule: {not_before: ▸2026-12-01T10:00:00}\n",
        "no offset from UTC",
    ),
    Case(
        "schedule-order",
        PUSH_ALL + NOTE + "schedule: ▸{not_before: 2026-12-01T12:00:00Z, not_after: 2026-12-01T10:00:00Z}\n",
        "ends before it begins",
    ),
    *(
        Case(
            "variable-reserved",
            PUSH_ALL + NOTE + place % f"▸{name}: x",
            f"the variable {name} is reserved by pushspec",
            "another name",
        )
        for place in ("vars: {%s}\n", "variants: [{name: a}, {name: b, vars: {%s}}]\n")
        for name in ("campaign", "environment", "user")
    ),
]
AUDIENCES = [
    Case(
        "audience-missing",
        "▸" + PUSH + NOTE,
        "the campaign names no audience",
        "who gets it: audience: {tags",
    ),
    Case("audience-missing", "▸" + BATCH + NOTE, "the campaign names no audience", "audience: {file: PATH}"),
    Case("audience-missing", PUSH + "audience: ▸{}\n" + NOTE, "names nobody", "everyone: true"),
    Case("audience-missing", PUSH + "audience: {tags: ▸{}}\n" + NOTE, "tags names nobody", "any: or all:"),
    Case(
        "audience-missing",
        PUSH + NOTE + "variants:\n  - {name: a, audience: {everyone: true}}\n  - ▸{name: b}\n",
        "the variant names no audience",
        "{everyone: true}",
    ),
    Case("out-of-range", PUSH + "audience: {tags: {any: ▸[]}}\n" + NOTE, "any is empty", "at least one"),
    Case("out-of-range", BATCH + "audience: {accounts: ▸[]}\n" + NOTE, "accounts is empty", "at least one"),
    Case(
        "audience-choice",
        PUSH + "audience: ▸{everyone: true, tags: {any: [a]}}\n" + NOTE,
        "everyone and tags",
        "one source",
    ),
    Case(
        "audience-choice",
        PUSH + "audience: ▸{tags: {any: [a]}, attributes: {any: {a: b}}}\n" + NOTE,
        "has tags and attributes; give one of them",
        "one source",
    ),
    Case(
        "audience-kind",
        PUSH + "audience: {▸accounts: [rong]}\n" + NOTE,
        "timpush/push cannot send to accounts",
        "endpoints that can: timpush/batch, openim/batchsendmsg, timpush/webbatch",
    ),
    Case(
        "audience-kind",
        BATCH + "audience: {▸everyone: true}\n" + NOTE,
        "cannot send to everyone",
        "timpush/push, all_member_push/im_push",
    ),
    Case(
        "audience-option",
        PUSH + "audience: {everyone: true, ▸exclude: [a.txt]}\n" + NOTE,
        "exclude has no effect next to everyone",
        "it goes with accounts, file, sql, use",
    ),
    Case(
        "audience-option",
        BATCH + "audience: {accounts: [rong], ▸column: id}\n" + NOTE,
        "column has no effect next to accounts",
        "it goes with file, sql",
    ),
    Case(
        "audience-option",
        BATCH + "audience: {accounts: [rong], ▸personalize: [lang]}\n" + NOTE,
        "personalize has no effect next to accounts",
        "it goes with file, sql, use",
    ),
    Case(
        "audience-template",
        PUSH + "audience: {tags: {any: [▸'{{ tag }}']}}\n" + NOTE,
        "never a template",
        "write out",
    ),
    Case("audience-sql", BATCH + "audience: {▸sql: select 1}\n" + NOTE, "the query names no file"),
    Case(
        "audience-missing",
        PUSH + "audience: {attributes: ▸{}}\n" + NOTE,
        "attributes names nobody",
        "any: or",
    ),
    *(
        Case(
            "condition-choice",
            PUSH + f"audience: {{{condition}}}\n" + NOTE,
            "timpush/push takes any or all, not both",
            "only all_member_push/im_push takes both",
        )
        for condition in ("tags: ▸{any: [a], all: [b]}", "attributes: ▸{any: {a: x}, all: {b: x}}")
    ),
    *(
        Case(
            "tags-not",
            head + f"audience: {{tags: {{{condition}}}}}\n" + content,
            "not needs any, and works on timpush/push only",
            "{any: [...], not: [...]}",
        )
        for head, condition, content in (
            (PUSH, "all: [a], ▸not: [b]", NOTE),
            (PUSH, "▸not: [b]", NOTE),
            (PUSH, "any: [a], all: [c], ▸not: [b]", NOTE),
            (IM_PUSH, "any: [a], ▸not: [b]", TEXT),
        )
    ),
    Case(
        "tags-not",
        PUSH + "audience: {tags: {any: [a], ▸not: [b]}}\n" + TEXT,
        "without a message",
        "leave it out",
    ),
    Case(
        "tags-not-several",
        PUSH + "audience: {tags: {any: [a], not: ▸[b, c]}}\n" + NOTE,
        "people with some of b, c but not all of them",
        "name one tag",
    ),
    *(
        Case(
            "tags-too-many",
            PUSH + f"audience: {{tags: {{{others}▸{name}: [{', '.join(ELEVEN)}]}}}}\n" + NOTE,
            f"{name} has 11 tags; the service takes 10",
            "one tag",
        )
        for name, others in (("any", ""), ("all", ""), ("not", "any: [vip], "))
    ),
    Case(
        "tag-bytes",
        PUSH + f"audience: {{tags: {{any: [ok, ▸{CHINESE_51}]}}}}\n" + NOTE,
        "51 bytes in UTF-8; the service takes 50",
        "3 bytes",
    ),
    Case("tag-empty", PUSH + "audience: {tags: {any: [ok, ▸'']}}\n" + NOTE, "the tag is empty", "remove it"),
    Case("tag-empty", PUSH + "audience: {tags: {all: [▸' ']}}\n" + NOTE, "the tag is empty", "remove it"),
    Case("tag-duplicate", PUSH + "audience: {tags: {any: [ok, ▸ok]}}\n" + NOTE, "tag ok is listed twice"),
    Case(
        "tag-duplicate",
        PUSH + "audience: {tags: {any: [ok, so], not: [▸so]}}\n" + NOTE,
        "the tag so is listed twice",
        "remove one of the two",
    ),
    Case(
        "tag-duplicate", IM_PUSH + "audience: {tags: {any: [ok], all: [▸ok]}}\n" + TEXT, "twice", "remove one"
    ),
    *(
        Case(
            "audience-template",
            PUSH + f"audience: {{attributes: {condition}}}\n" + NOTE,
            "an audience is never a template",
            "write out who gets it",
        )
        for condition in ("{any: {▸'{{ a }}': x}}", "{all: {a: ▸'{% if x %}'}}")
    ),
    Case(
        "attribute-name-empty",
        PUSH + "audience: {attributes: {all: {▸'': x}}}\n" + NOTE,
        "name is empty",
        "remove it",
    ),
    Case(
        "attribute-name-bytes",
        PUSH + f"audience: {{attributes: {{all: {{▸{CHINESE_51}: x}}}}}}\n" + NOTE,
        "51 bytes",
        "3 bytes",
    ),
    Case(
        "attribute-value-empty",
        PUSH + "audience: {attributes: {all: {city: ▸''}}}\n" + NOTE,
        "value is empty",
        "remove it",
    ),
    Case(
        "attribute-value-bytes",
        PUSH + f"audience: {{attributes: {{any: {{city: ▸{CHINESE_51}}}}}}}\n" + NOTE,
        "51 bytes",
        "3 bytes",
    ),
    *(
        Case(
            "attributes-too-many",
            PUSH
            + f"audience: {{attributes: {{▸{kind}: {{{', '.join(f'{name}: x' for name in ELEVEN)}}}}}}}\n"
            + NOTE,
            f"{kind} has 11 attributes; an app has 10",
        )
        for kind in ("any", "all")
    ),
    *(
        Case(
            "condition-invisible",
            PUSH + f"audience: {{{condition}}}\n" + NOTE,
            f"the {what}, which is invisible",
            f"a different {what.partition(' holds')[0]}, which nobody may have",
        )
        for condition, what in (
            ("tags: {any: [▸'vip ']}", "tag holds U+0020 SPACE"),
            ("tags: {any: [▸'\u3000vip']}", "tag holds U+3000 IDEOGRAPHIC SPACE"),
            ("tags: {any: [▸'vi\u200dp']}", "tag holds U+200D ZERO WIDTH JOINER"),
            ("attributes: {all: {▸'city ': x}}", "attribute name holds U+0020 SPACE"),
            ("attributes: {all: {city: ▸'x '}}", "attribute value holds U+0020 SPACE"),
        )
    ),
    *(
        Case(
            "condition-form",
            PUSH + f"audience: {{{condition}}}\n" + NOTE,
            f"the {what} holds a comma",
            "write each as its own item",
        )
        for condition, what in (
            ("tags: {any: [▸'a,b']}", "tag"),
            ("attributes: {all: {▸'a,b': x}}", "attribute name"),
            ("attributes: {all: {a: ▸'x,y'}}", "attribute value"),
        )
    ),
    Case("account-form", BATCH + "audience: {accounts: [▸'']}\n" + NOTE, "the account is empty"),
    Case("account-form", BATCH + "audience: {accounts: [rong, ▸'a b']}\n" + NOTE, "white space"),
    Case(
        "account-form",
        SEND + f"audience: {{accounts: [▸{'a' * 33}]}}\n" + TEXT,
        "33 bytes; the service takes 32",
    ),
    Case(
        "account-form",
        BATCH + f"audience: {{accounts: [▸{'a' * 129}]}}\n" + NOTE,
        "129 bytes; the service takes 128",
    ),
    Case("account-form", BATCH + "audience: {accounts: [▸'{{ user }}']}\n" + NOTE, "never a template"),
    Case(
        "account-characters",
        BATCH + "audience: {accounts: [▸r@ng]}\n" + NOTE,
        "r@ng holds more than letters",
        "advises against",
    ),
    Case("audience-file", BATCH + "audience: {▸file: nowhere.csv}\n" + NOTE, "no such file"),
    Case("audience-file", BATCH + "audience: {▸file: ../secret.csv}\n" + NOTE, "leaves its folder"),
    Case("audience-file", BATCH + "audience: {▸file: 'no*.csv'}\n" + NOTE, "no file matches no*.csv"),
    Case("audience-file", BATCH + "audience: {▸file: '*/a.csv'}\n" + NOTE, "only the name of the file"),
    Case(
        "audience-file", BATCH + "audience: {accounts: [rong], exclude: [▸gone.txt]}\n" + NOTE, "no such file"
    ),
    Case(
        "share-missing",
        BATCH_RONG + NOTE + "variants: [{name: a, share: 50%}, ▸{name: b}]\n",
        "the variant b has no share",
        "every variant",
    ),
    Case(
        "share-sum",
        BATCH_RONG + NOTE + "variants: [{name: a, share: 99.999%}, {name: b, share: ▸0.002%}]\n",
        "add up to 100.001%",
        "100% or less",
    ),
    Case(
        "share-audience",
        BATCH_RONG
        + NOTE
        + "variants: [{name: a, share: 50%}, {name: b, share: ▸50%, audience: {accounts: [ada]}}]\n",
        "the variant b takes a share of the campaign's list, and has an audience",
        "move the audience",
    ),
    Case(
        "share-audience",
        BATCH + NOTE + "variants: [{name: a, share: ▸50%, audience: {accounts: [rong]}}]\n",
        "the variant a takes a share",
    ),
    Case(
        "share-kind",
        PUSH + "audience: {tags: {any: [a]}}\n" + NOTE + "variants: [{name: a, share: ▸50%}]\n",
        "tags cannot be cut",
        "list the accounts",
    ),
    Case(
        "share-empty",
        BATCH_RONG + NOTE + "salt: x\nvariants: [{name: a, share: ▸0.001%}, {name: b, share: 99.999%}]\n",
        "none of 1 account falls into these 0.001%",
        "raise the share",
    ),
    Case("share-form", BATCH_RONG + NOTE + "variants: [{name: a, share: ▸0.0%}]\n", "holds nobody"),
    Case("share-form", BATCH_RONG + NOTE + "variants: [{name: a, share: ▸120%}]\n", "not a share"),
    Case("salt-form", BATCH_RONG + NOTE + "salt: ▸'a:b'\n", "a text without colons"),
    Case("salt-form", BATCH_RONG + NOTE + "salt: ▸'a '\n", "a text without colons"),
    Case(
        "audience-missing",
        BATCH + NOTE + "variants: [▸{name: a, share: 50%}]\n",
        "the variant names no audience",
        "audience: {file: PATH}",
    ),
    Case(
        "variants-overlap",
        PUSH + "audience: ▸{everyone: true}\n" + NOTE + "variants: [{name: a}, {name: b}]\n",
        "reach the same people",
        "own part",
    ),
    Case(
        "variant-not-unique", PUSH_ALL + NOTE + "variants: [{name: a}, {name: ▸a}]\n", "two variants named a"
    ),
]
CONTENTS = [
    Case("content-missing", "▸" + PUSH_ALL, "the campaign has no content", "add notification:"),
    Case("content-missing", "▸" + IM_PUSH_ALL + NOTE, "needs a message", "message: list"),
    Case("content-missing", "▸" + SEND_RONG, "openim/batchsendmsg needs a message", "message: list"),
    Case("content-missing", "▸" + BATCH_RONG, "timpush/batch needs a notification", "add notification:"),
    Case("content-missing", "▸" + WEB_ALL, "timpush/webpush needs web", "add web:"),
    Case("notification-not-carried", WEB_ALL + "▸" + NOTE, "carries no notification", "timpush/push, "),
    Case(
        "web-not-carried",
        PUSH_ALL + NOTE + "▸web: {title: Hi}\n",
        "carries no web",
        "that do: timpush/webpush, ",
    ),
    Case("wrong-type", WEB_ALL + "message: ▸[{text: hi}]\n", "message is not a mapping"),
    Case("wrong-type", PUSH_ALL + "message: ▸{text: hi}\n", "message is not a list"),
    Case("unknown-key", WEB_ALL + "web: {▸link: /x}\n", "web has no key 'link'", "url"),
    Case("web-silent", WEB_ALL + "web: ▸{url: https://a.example}\n", "neither title nor desc", "add a title"),
    Case("ext-not-json", WEB_ALL + "web: {title: Hi, ext: ▸not json}\n", "ext is not JSON", "a mapping"),
    *(
        Case("web-url", WEB_ALL + f"web: {{title: Hi, url: ▸'{url}'}}\n", "no address", "https://")
        for url in ("/winter", "javascript:alert(1)", "https://[x", "ftp://a.example", "https:///winter")
    ),
    Case("audience-kind", WEB + "audience: {▸attributes: {any: {a: b}}}\nweb: {title: Hi}\n", "attributes"),
    Case(
        "tags-not", WEB + "audience: {tags: {any: [a], ▸not: [b]}}\nweb: {title: Hi}\n", "timpush/push only"
    ),
    Case(
        "delivery-not-carried",
        WEB_ALL + "web: {title: Hi}\ndelivery: {▸marketing: true}\n",
        "cannot carry marketing",
        "timpush/push, timpush/batch",
    ),
    Case(
        "message-not-carried",
        BATCH_RONG + NOTE + "▸" + TEXT,
        "carries no message",
        "timpush/push, all_member_push/im_push, openim/batchsendmsg",
    ),
    Case(
        "delivery-not-carried",
        PUSH_ALL + NOTE + "delivery: {▸sequence: 7}\n",
        "cannot carry sequence",
        "openim/batchsendmsg",
    ),
    Case(
        "delivery-not-carried",
        IM_PUSH_ALL + TEXT + "delivery: {▸read_receipt: true}\n",
        "cannot carry read_receipt",
        "openim/batchsendmsg",
    ),
    Case(
        "delivery-not-carried",
        IM_PUSH_ALL + TEXT + "delivery: {▸history: true}\n",
        "cannot carry history",
        "timpush/push, openim/batchsendmsg",
    ),
    Case(
        "delivery-not-carried",
        PUSH_ALL + NOTE + "delivery: {▸history: false}\n",
        "only with a message",
        "leave the key out",
    ),
    Case(
        "lifetime-range",
        IM_PUSH_ALL + TEXT + "delivery: {lifetime: ▸604801}\n",
        "604,801 s; the service keeps a push for at most 604,800 s",
        "7d or less",
    ),
    *(
        Case(
            "lifetime-past-window",
            BATCH_RONG + NOTE + f"schedule: {window}\ndelivery: {{lifetime: ▸7201}}\n",
            "the service keeps the push for 7,201 s, which is past the window",
            "shorten lifetime",
        )
        for window in TWO_HOURS
    ),
    *(
        Case(rule, BATCH_RONG + NOTE + f"delivery: {{{key}: ▸{value}}}\n", f"{key} is {message}", hint)
        for rule, key, value, message, hint in (
            ("data-id-bytes", "data_id", "x" * 65, "65 bytes in UTF-8; the service takes 64", "3 bytes"),
            ("data-id-bytes", "data_id", "' '", "empty", "remove it or fill it in"),
            ("task-name-bytes", "task_name", "中" * 7, "21 bytes in UTF-8; the service takes 20", "3 bytes"),
            ("task-name-bytes", "task_name", "' '", "empty", "remove it or fill it in"),
        )
    ),
    Case("lifetime-form", IM_PUSH_ALL + TEXT + "delivery: {lifetime: ▸a week}\n", "90s, 2h, 7d"),
    Case(
        "from-missing",
        "▸" + HEAD + "endpoint: timpush/batch\naudience: {accounts: [rong]}\n" + NOTE,
        "timpush/batch needs from",
        "add from:",
    ),
    Case("from-bytes", SEND_RONG + TEXT + f"from: ▸{'a' * 33}\n", "from is 33 bytes; the service takes 32"),
    Case(
        "from-bytes",
        BATCH_RONG.replace("admin", "▸" + "a" * 129) + NOTE,
        "from is 129 bytes; the service takes 128",
    ),
    Case("message-empty", PUSH_ALL + "message: ▸[]\n", "no element", "text: hello"),
    Case("message-empty", PUSH_ALL + "message: [{text: ▸' '}]\n", "the text is empty"),
    Case(
        "message-relay",
        PUSH_ALL + "message: [▸{relay: {title: chat}}]\n",
        "no endpoint that sends pushes takes",
    ),
    Case(
        "message-element",
        PUSH_ALL + "message: [▸{text: hi, face: {index: 1}}]\n",
        "item 1 of message holds exactly one element",
        "own dash",
    ),
    Case(
        "message-custom-elements",
        PUSH_ALL + "message: [{custom: {data: a}}, {▸custom: {data: b}}]\n",
        "2 custom elements; the service takes 1",
        "data of one",
    ),
    Case(
        "message-bytes",
        SEND_RONG + f"▸message: [{{text: {'x' * 12_237}}}]\n",
        "the message is 12,289 bytes; the service takes 12,288",
        "link",
    ),
    Case(
        "body-bytes",
        PUSH_ALL + f"▸message: [{{text: {'x' * 10_300}}}]\n",
        "timpush/push takes 10,240",
        "shorten",
    ),
    Case(
        "body-bytes",
        IM_PUSH_ALL + f"▸message: [{{text: {'x' * 10_300}}}]\n",
        "all_member_push/im_push takes 10,240",
        "shorten",
    ),
    Case(
        "custom-without-text",
        PUSH_ALL + "message: ▸[{custom: {data: a}}]\n",
        "makes no notification",
        "notification.desc",
    ),
    Case(
        "custom-without-text",
        PUSH_ALL + "message: ▸[{custom: {data: a}}]\nnotification: {title: Hi}\n",
        "makes no notification",
        "notification.desc",
    ),
    Case(
        "notification-silent",
        PUSH_ALL + "notification: ▸{enabled: true}\n",
        "neither title nor desc",
        "enabled: false",
    ),
    Case(
        "notification-silent",
        PUSH_ALL + "notification: ▸{apns: {interruption_level: active}}\n",
        "neither title nor desc",
        "enabled: false",
    ),
    Case(
        "title-cut",
        PUSH_ALL + f"notification: {{title: ▸{'春' * 41}, desc: x}}\n",
        "41 characters and is cut by Meizu (32), vivo (40)",
        "Meizu shows: " + "春" * 29 + "...",
    ),
    Case(
        "title-cut",
        PUSH_ALL + f"notification: {{title: T, languages: {{en: {{title: ▸{'t' * 33}}}}}}}\n",
        "title is 33 characters and is cut by Meizu (32)",
        "Meizu shows: " + "t" * 29 + "...",
    ),
    Case(
        "desc-cut",
        PUSH_ALL + f"notification: {{title: T, languages: {{en: {{desc: ▸{'d' * 51}}}}}}}\n",
        "desc is 51 characters and is cut by OPPO (50)",
    ),
    *(
        Case(
            "desc-cut",
            PUSH_ALL + f"notification: {{title: T, desc: ▸{'d' * 51}{android}}}\n",
            "desc is 51 characters and is cut by OPPO (50)",
            "OPPO shows: " + "d" * 47 + "...",
        )
        for android in ("", ", android: {style: 0}")
    ),
    Case(
        "ext-not-json",
        PUSH_ALL + "notification: {title: T, ext: ▸not json}\n",
        "ext is not JSON; some vendors drop the push",
        "write a mapping",
    ),
    Case(
        "ext-not-json",
        PUSH_ALL + f"notification: {{title: T, ext: ▸'{'[' * 2_000}'}}\n",
        "ext is not JSON; some vendors drop the push",
        "write a mapping",
    ),
    Case(
        "ext-bytes",
        PUSH_ALL + f"notification: {{title: T, ext: ▸{{a: {'x' * 1_017}}}}}\n",
        "ext is 1,025 bytes; the advice is 1,024",
        "carry an id",
    ),
    *(
        Case(
            "desc-and-ext-bytes",
            PUSH_ALL + f"notification: ▸{{title: T, {texts}}}\n",
            "desc and ext are 3,073 bytes; 3,072 is advised",
        )
        for texts in (f"desc: {'x' * 3_073}", f"desc: {'x' * 3_061}, ext: {{a: {'x' * 4}}}")
    ),
    *(
        Case(
            "apns-packet-bytes",
            PUSH_ALL + f"▸notification: {{{texts}}}\n",
            "title, desc and ext are 4,097 bytes; an iPhone takes 4,096",
            "shorten the desc or move data out of ext",
        )
        for texts in (
            f"title: T, desc: {'x' * 4_096}",
            f"title: T, desc: {'x' * 4_084}, ext: {{a: {'x' * 4}}}",
            f"desc: {'x' * 4_097}",
            f"title: T, desc: {'x' * 4_000}, apns: {{title: {'T' * 97}}}",
        )
    ),
    Case(
        "badge-choice",
        PUSH_ALL + "notification: {title: T, badge: ▸{add: 1, set: 2}}\n",
        "either add or set",
        "{add: 1}",
    ),
    Case("badge-range", PUSH_ALL + "notification: {title: T, badge: {set: ▸100}}\n", "a badge up to 99"),
    Case(
        "xiaomi-template",
        PUSH_ALL + f"notification: {{template: {{id: x, ▸params: {TEN_VALUES}}}}}\n",
        "params has 10 values; a template of Xiaomi takes 9",
        "fewer variables",
    ),
    *(
        Case(
            "xiaomi-template",
            PUSH_ALL + f"notification: {{template: {{id: x, params: {{name: ▸{value}}}}}}}\n",
            f"name {fault}",
            "letters, digits",
        )
        for value, fault in (
            ("3", "is not a text"),
            ('"  "', "is empty"),
            ("x" * 129, "has 129 characters, more than 128"),
            ("Rong 🎉", "holds an emoji or another symbol"),
            ("Rong^", "holds an emoji or another symbol"),
            ('"\\uE000"', "holds a private character"),
            ('"\\u0378"', "holds a character that Unicode does not define"),
        )
    ),
    *(
        Case(
            "xiaomi-channel",
            PUSH_ALL + f"notification: {{title: Hi, ▸android: {{{makers}}}}}\n",
            "other makers get a channel, and Xiaomi's phones show nothing without one",
            "xiaomi: {channel_id",
        )
        for makers in (
            "huawei: {channel_id: a}",
            "oppo: {channel_id: a}",
            "google: {channel_id: a}",
            'huawei: {channel_id: a}, xiaomi: {channel_id: ""}',
            "huawei: {channel_id: a}, xiaomi: {}",
        )
    ),
    *(
        Case(
            "template-reserved",
            PUSH_ALL + f"notification: {{template: {{id: x, params: {{▸{name}: x}}}}}}\n",
            f"the service fills {name} itself",
            "leave it out",
        )
        for name in ("timTitle", "timDesc", "timSenderNick", "timGroupName")
    ),
    Case(
        "needs-another",
        PUSH_ALL + "notification: {title: T, android: {oppo: {notify_level: ▸2}}}\n",
        "needs category",
    ),
    Case(
        "needs-another", PUSH_ALL + "notification: {title: T, harmony: {sound_duration: ▸2}}\n", "needs sound"
    ),
    Case(
        "needs-another",
        PUSH_ALL
        + "notification:\n  apns:\n    live_activity:\n"
        + "      {la_id: x, event: update, content_state: {}, dismissal_date: ▸5}\n",
        "only with event: end",
    ),
    *(
        Case(
            "live-activity-id",
            PUSH_ALL
            + "notification:\n  apns:\n    live_activity:\n"
            + f"      {{la_id: ▸'{la_id}', event: update, content_state: {{}}}}\n",
            f"la_id is {len(la_id)} bytes; it must have 1 to 64",
        )
        for la_id in ("x" * 65, "")
    ),
    Case(
        "template-undefined",
        PUSH_ALL + "notification: {title: ▸'{{ nmae }}', desc: x}\nvars: {name: x}\n",
        "`nmae` is not defined",
        "`name`",
    ),
    Case(
        "template-syntax",
        PUSH_ALL + "notification: {title: ▸'{{ name', desc: x}\n",
        "end of template",
        "{{ ends in }}",
    ),
    Case(
        "template-include",
        PUSH_ALL + "notification: {title: ▸'{% include \"gone.txt\" %}', desc: x}\n",
        "no such file",
        "templates/",
    ),
    Case(
        "template-forbidden",
        PUSH_ALL + "notification: {title: ▸'{{ ().__class__ }}', desc: x}\n",
        "not available",
    ),
    Case(
        "template-value",
        PUSH_ALL + "notification: {title: ▸'{{ list }}', desc: x}\nvars: {list: [1]}\n",
        "a list is not a text",
        "join",
    ),
    Case(
        "template-limit",
        PUSH_ALL
        + "notification: {title: ▸'{% for i in range(99) %}{{ long }}{% endfor %}', desc: x}\n"
        + f"vars: {{long: {'x' * 1_000}}}\n",
        "longer than 65,536 bytes",
    ),
]
ENVIRONMENT = (
    "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n  prod:\n    sdk_app_id: 1400000001\n"
)
NO_URLS = (
    "http://127.0.0.1:99999",
    "http://127.0.0.1:abc",
    "http://127.0.0.1:0",
    "http://127.0.0.1:-1",
    "http://[::1",
    "http://[x]",
    "http://127.0.0 .1",
    " http://127.0.0.1",
    "http:// 127.0.0.1",
    "http://\u2260.example",
    "http://xn--a",
    "http://a..b",
    "http://:80",
)
SANDBOX = PROJECT.replace("{sandbox: true}", "\n    sandbox: true")
LISTED = (
    BATCH + f"audience: {{accounts: [{', '.join(f'user{n}' for n in range(200))}]}}\n" + NOTE + "rollout:\n"
)
TAGGED = PUSH + NOTE + "audience: {tags: {any: [vip]}}\nrollout:\n"
CANARY, REST = "  - {stage: canary, share: 10%}\n", "  - {stage: rest}\n"
BY_TAG = "  - {stage: canary, ▸tag: staff}\n" + REST

AT_TEN = "schedule: {local: 2026-12-01T10:00, default: Asia/Shanghai}\n"
ONE_MOMENT = "schedule: {not_before: 2026-12-01T10:00:00Z}\n"
BY_SERVICE = "schedule: {at: 2026-12-01T10:00:00Z, by: service}\n"
FEW = BATCH_RONG + NOTE
HOURS = [
    Case("local-time", FEW + "schedule: {local: ▸10h, default: UTC}\n", "is not a time on people's own"),
    Case("local-time", FEW + "schedule: {local: ▸2026-02-30T10:00, default: UTC}\n", "is not a time on"),
    Case(
        "local-time",
        FEW + "schedule: {local: ▸2026-12-01T10:00+08:00, default: UTC}\n",
        "has an offset from UTC",
        "write not_before for one moment everywhere",
    ),
    Case("local-missing", FEW + "schedule: {default: ▸UTC}\n", "default has no effect without local"),
    Case(
        "schedule-choice",
        FEW + "schedule: {local: 2026-12-01T10:00, default: UTC, not_after: ▸2026-12-09T10:00:00Z}\n",
        "not_after cannot stand beside local",
    ),
    Case("local-zone", FEW + "schedule: {local: ▸2026-12-01T10:00}\n", "needs timezone_column, default, or"),
    Case(
        "schedule-order",
        FEW + "schedule: ▸{local: 2026-12-01T10:00, local_until: 2026-12-01T10:00, default: UTC}\n",
        "ends before it begins",
    ),
    Case("timezone", FEW + "schedule: {local: 2026-12-01T10:00, default: ▸Mars}\n", "such as Asia/Shanghai"),
    Case(
        "local-audience",
        PUSH + NOTE + "audience: {tags: {any: [vip]}}\n" + AT_TEN.replace("local", "▸local"),
        "tags cannot have each person's hour",
        "list the accounts",
    ),
    Case(
        "local-column",
        FEW + AT_TEN.replace("default", "▸timezone_column: tz, default"),
        "timezone_column has no effect next to accounts",
        "keep default alone",
    ),
    Case(
        "local-rollout",
        LISTED.replace("rollout", AT_TEN + "▸rollout") + CANARY + REST,
        "would miss each person's hour",
        "on the day before",
    ),
    Case("audience-missing", "▸" + BATCH + NOTE + AT_TEN, "the campaign names no audience"),
    Case(
        "local-skipped",
        FEW
        + "schedule: {local: 2026-03-08T02:10, local_until: ▸2026-03-08T02:50, default: America/New_York}\n",
        "the clocks in America/New_York skip this hour as a whole",
        "let it last longer",
    ),
    Case(
        "schedule-by-service",
        SEND_RONG + TEXT + BY_SERVICE.replace("by", "▸by"),
        "the service keeps no task for openim/batchsendmsg",
        "use timpush/push or timpush/batch, or not_before",
    ),
    Case(
        "schedule-by-service",
        LISTED.replace("rollout", BY_SERVICE + "▸rollout") + CANARY + REST,
        "no gate between stages is asked then",
        "leave out rollout, or schedule it with not_before",
    ),
]
ROLLOUTS = [
    Case(
        "condition-share",
        LISTED + "  - {stage: a, share: 1%, continue_if: {refused: ▸5%}}\n",
        "not a condition",
    ),
    Case(
        "condition-missing",
        LISTED + "  - {stage: a, share: 1%, continue_if: ▸{}}\n" + REST,
        "names no condition",
    ),
    Case("share-form", LISTED + "  - {stage: a, share: ▸half}\n" + REST, "is not a share such as 50%"),
    Case("stage-not-unique", LISTED + CANARY + "  - {stage: ▸canary}\n", "another stage named canary"),
    Case(
        "stage-not-unique",
        LISTED + "  - {stage: ▸en, share: 1%}\n" + REST + "variants: [{name: en}]\n",
        "another variant named en",
    ),
    Case("rollout-single", LISTED.replace("rollout", "▸rollout") + REST, "one stage", "add {stage: rest}"),
    *(
        Case(
            "stage-last",
            LISTED + CANARY + f"  - {{stage: rest, ▸{key}: {value}}}\n",
            f"{key} does nothing at the last stage",
            "what opens the next stage",
        )
        for key, value in {
            "hold": "1h",
            "continue_if": "{refused: '< 5%'}",
            "min_count": "30",
            "max_wait": "2h",
        }.items()
    ),
    Case("stage-share", LISTED + "  - ▸{stage: canary}\n" + REST, "has no share", "only the last"),
    Case(
        "stage-share",
        LISTED + CANARY + "  - {stage: rest, share: ▸80%}\n",
        "add up to 90%, so some people would be in no stage",
        "which is then the rest",
    ),
    Case(
        "stage-share",
        LISTED + CANARY + "  - {stage: more, share: 95%}\n  - ▸{stage: rest}\n",
        "add up to 105%",
        "of all people",
    ),
    *(
        Case(
            "stage-empty",
            LISTED + f"  - {{stage: all, share: 100%}}\n  - ▸{{stage: rest{tag}}}\n",
            "nobody is left for stage rest",
            "lower a share",
        )
        for tag in ("", ", tag: staff")
    ),
    Case("stage-empty", LISTED + "  - ▸{stage: few, share: 0.001%}\n" + REST, "nobody is in stage few"),
    Case(
        "stage-min-count",
        LISTED + "  - {stage: canary, share: 10%, ▸continue_if: {refused: '< 5%'}, min_count: 100}\n" + REST,
        "and its condition counts from 100 people on",
        "lower min_count",
    ),
    Case("stage-tag", LISTED + BY_TAG, "cut by share, not by tag"),
    Case(
        "rollout-audience",
        TAGGED.replace("rollout", "▸rollout") + CANARY + REST,
        "tags cannot be cut into shares",
        "begin with",
    ),
    Case("audience-missing", "▸" + PUSH + NOTE + "rollout:\n" + CANARY + REST, "names no audience"),
    *(
        Case("stage-tag", TAGGED.replace("[vip]", tags) + BY_TAG, "any and all exclude each other", "one tag")
        for tags in ("[vip, new]", "[vip], not: [new]")
    ),
    *(
        Case(
            "stage-tag",
            TAGGED.replace("any: [vip]", tags) + BY_TAG,
            "everybody in this audience has the tag staff",
            "name a tag that only some of them have",
        )
        for tags in ("any: [staff]", "all: [vip, staff]")
    ),
    Case(
        "stage-tag",
        PUSH_ALL + NOTE + "rollout:\n" + BY_TAG,
        "everyone cannot be cut by a tag: no page of the service shows not by itself",
        "narrow it down by a tag",
    ),
    Case(
        "stage-tag",
        PUSH + NOTE + "audience: {attributes: {all: {city: Paris}}}\nrollout:\n" + BY_TAG,
        "attributes cannot be cut by a tag",
    ),
    *(
        Case(
            "stage-tag",
            tagged + BY_TAG,
            "people without a tag are known only to timpush/push without a message",
            "list the accounts, or send without a message",
        )
        for tagged in (
            TAGGED.replace(NOTE, TEXT + NOTE),
            TAGGED.replace("timpush/push", "timpush/webpush").replace("notification", "web"),
        )
    ),
    *(
        Case("stage-tag", TAGGED + stages, "a tag cuts people in two", "{stage: canary, tag: TAG}")
        for stages in (
            BY_TAG + "  - {stage: more}\n",
            "  - {stage: rest}\n  - {stage: canary, ▸tag: staff}\n",
            "  - {stage: canary, ▸tag: staff}\n  - {stage: rest, tag: crew}\n",
            "  - {stage: canary, ▸tag: staff}\n",
        )
    ),
    *(
        Case("stage-tag", TAGGED + stages, "a stage by tag has no share", "leave share out")
        for stages in (
            BY_TAG.replace("staff", "staff, share: 5%"),
            BY_TAG.replace("rest", "rest, share: 5%"),
        )
    ),
    Case(
        "stage-tag",
        TAGGED.replace("any: [vip]", f"all: [{', '.join(ELEVEN[:10])}]") + BY_TAG,
        "with staff the condition has 11 tags; the service takes 10",
        "name fewer tags",
    ),
    Case(
        "condition-unknown",
        TAGGED + "  - {stage: canary, tag: staff, continue_if: {▸refused: '< 5%'}}\n" + REST,
        "refused can never be known here",
        "use lost, reached or opened",
    ),
]

RECALLS = [
    Case("recall-template", PUSH_ALL + NOTE + "recall: {title: Sorry, desc: ▸'{{ x }}'}\n", "would show {{"),
    Case("recall-template", PUSH_ALL + NOTE + "recall: {title: ▸'a {% if x %}'}\n", "would show {%", "write"),
    Case("recall-template", PUSH_ALL + NOTE + "recall: {title: ▸'a {# b #}'}\n", "would show {#"),
    Case(
        "recall-cut",
        PUSH_ALL + NOTE + f"recall: {{title: ▸{'x' * 60}}}\n",
        "title of the recall is 60 characters and is cut by Meizu (32), vivo (40), Honor (50)",
        "Meizu shows: " + "x" * 29 + "...",
    ),
    Case(
        "recall-cut",
        PUSH_ALL + NOTE + f"recall: {{title: T, desc: ▸{'x' * 51}}}\n",
        "the desc of the recall is 51 characters and is cut by OPPO (50)",
        "OPPO shows: " + "x" * 47 + "...",
    ),
    Case(
        "recall-unused",
        SEND_RONG + "message: [{text: hi}]\n▸recall: {title: Sorry}\n",
        "takes a chat message out of the chat",
        "leave recall out",
    ),
]
PROJECTS = [
    *(
        Case(
            "lock-place",
            f"{ENVIRONMENT}    region: china\n    lock: ▸{place}\n",
            "inside .git",
            "git+branch:NAME",
        )
        for place in (".git/hooks/x", "./.git/x.lock", "../.GIT/x", "/srv/shop/.git/x", "sub/git~1/x")
    ),
    *(
        Case(
            "store-place",
            f"{ENVIRONMENT}    region: china\n    {key.format('▸~/lists')}\n",
            "begins with ~",
            "write the whole path",
        )
        for key in ("audience_store: {}", "lock: {}", "callbacks: {{token: {{env: T}}, store: {}}}")
    ),
    *(
        Case("unknown-key", f"{ENVIRONMENT}    region: china\n    ▸{key}: abc\n", f"has no key '{key}'", hint)
        for key, hint in {
            "token": "did you mean callbacks.token; secrets stay out of files",
            "api_key": "secrets stay out of files: {env: NAME} names the variable",
            "secret_keys": "did you mean 'secret_key'; secrets stay out of files",
        }.items()
    ),
    Case(
        "literal-secret",
        ENVIRONMENT + "    region: china\n    secret_key: ▸c2VjcmV0\n",
        "a secret in a file; write {env: NAME}",
        "could send pushes",
    ),
    Case(
        "literal-secret",
        ENVIRONMENT + "    region: china\n    usersig: ▸c2VjcmV0\n",
        "a secret in a file; write {env: NAME}",
        "could send pushes",
    ),
    Case(
        "sandbox-faults",
        ENVIRONMENT + "    region: china\n    faults: ▸[{kind: slow}]\n",
        "can only be ordered from the sandbox",
        "sandbox: true",
    ),
    Case(
        "environment-app",
        ENVIRONMENT.replace("prod:\n    sdk_app_id: 1400000001", "prod:\n    ▸region: china"),
        "needs sdk_app_id",
    ),
    Case(
        "environment-host",
        ENVIRONMENT.replace("sdk_app_id", "▸sdk_app_id"),
        "either region or base_url",
        "loopback",
    ),
    Case(
        "environment-host",
        ENVIRONMENT.replace("sdk_app_id", "▸sdk_app_id")
        + "    region: china\n    base_url: http://127.0.0.1:1\n",
        "either region or base_url",
        "loopback",
    ),
    Case(
        "environment-secret",
        ENVIRONMENT.replace("sdk_app_id", "▸sdk_app_id")
        + "    region: china\n    secret_key: {env: A}\n    usersig: {env: B}\n",
        "either secret_key or usersig",
    ),
    Case(
        "base-url-host",
        ENVIRONMENT + "    base_url: ▸https://push.example\n",
        "leads outside this machine",
        "allow_hosts: [push.example]",
    ),
    Case(
        "base-url-host",
        ENVIRONMENT + "    base_url: ▸http://127.0.0.1.evil.example\n",
        "leads outside this machine",
        "allow_hosts",
    ),
    Case(
        "base-url",
        ENVIRONMENT + "    base_url: ▸http://push.example\n    allow_hosts: [push.example]\n",
        "without https",
    ),
    Case("base-url", ENVIRONMENT + "    base_url: ▸ftp://127.0.0.1\n", "http(s)://host[:port]"),
    Case("base-url", ENVIRONMENT + "    base_url: ▸http://127.0.0.1@evil.example\n", "http(s)://host[:port]"),
    *(
        Case("base-url", ENVIRONMENT + f"    base_url: ▸'{url}'\n", "http(s)://host[:port]")
        for url in NO_URLS
    ),
    Case("base-url", SANDBOX + "    base_url: ▸http://127.0.0.1:99999\n", "http(s)://host[:port]"),
    Case("wrong-form", ENVIRONMENT + "    region: china\n    lock: ▸'postgresql://[::1/db'\n", "no"),
    Case(
        "not-a-choice", ENVIRONMENT + "    region: ▸singapure\n", "region is not one of china", "'singapore'"
    ),
    Case("not-a-choice", SANDBOX + "    edition: ▸gold\n", "not one of free, standard, advanced"),
    Case(
        "unknown-limit", SANDBOX + "    limits: {▸tag_byts: 60}\n", "tag_byts is not a limit", "'tag_bytes'"
    ),
    Case(
        "out-of-range", SANDBOX + "    limits: {accounts_per_call: ▸0}\n", "accounts_per_call is less than 1"
    ),
    Case("out-of-range", SANDBOX + "    limits: {push_calls_per_day: ▸-1}\n", "is less than 0"),
    Case("unknown-key", SANDBOX + "    ▸limit: {}\n", "environments.sandbox has no key 'limit'", "'limits'"),
    Case("day-start", SANDBOX + "    quota_day_starts: ▸25:00\n", "such as 00:00+08:00"),
    Case("wrong-type", SANDBOX.replace("true", "▸yes"), "sandbox is not true or false", "YAML 1.2"),
    Case(
        "wrong-form",
        PROJECT.replace("\n  sandbox:", "\n  ▸Sandbox:").replace("default_environment: sandbox\n", ""),
        "a name of a-z, 0-9, _ and -",
    ),
    Case(
        "unknown-environment",
        PROJECT.replace("t: sandbox", "t: ▸sandbax"),
        "not one of the environments",
        "'sandbox'",
    ),
    Case(
        "not-a-choice",
        PROJECT + "policy: {require: [▸onwer]}\n",
        "item 1 of require is not known",
        "'owner'",
    ),
    Case(
        "not-a-choice",
        PROJECT + "policy: {levels: {▸quiet-hour: error}}\n",
        "quiet-hour is not known",
        "'quiet-hours'",
    ),
    Case("share-form", PROJECT + "policy: {max_refused: ▸101%}\n", "such as 50%"),
    Case(
        "time-of-day",
        PROJECT + "policy: {quiet_hours: {from: ▸22h, to: 08:00, timezone: Asia/Shanghai}}\n",
        "such as 22:00",
    ),
    Case(
        "time-of-day",
        PROJECT + 'policy: {quiet_hours: {from: "00:00", to: ▸"00:00", timezone: Asia/Shanghai}}\n',
        "is the same as from",
        "leave quiet_hours out to have none",
    ),
    Case(
        "timezone",
        PROJECT + "policy: {quiet_hours: {from: 22:00, to: 08:00, timezone: ▸Mars}}\n",
        "such as Asia/Shanghai",
    ),
    Case("timezone", PROJECT + "timezone: ▸Asia/Shangai\n", "such as Asia", "did you mean 'Asia/Shanghai'?"),
    Case("timezone", PROJECT + "timezone: ▸America/New York\n", "such as Asia", "'America/New_York'"),
    Case("unknown-key", PROJECT + "▸region: china\n", "no key 'region'", "environments.NAME.region"),
    Case("date", PROJECT + "policy: {blackout_dates: [▸2026-13-01]}\n", "such as 2026-12-01"),
    Case("yaml-duplicate-key", PROJECT + "▸name: other\n", "is defined twice", "delete one"),
]


def _ids(cases: list[Case]) -> list[str]:
    return [f"{index}-{case.rule}" for index, case in enumerate(cases)]


def _report(project: Project, file: str, case: Case) -> str:
    project.write({file: case.text.replace("▸", "")})
    outcome = project.run("validate")
    assert outcome.err == ""
    return outcome.out


def _head(file: str, case: Case) -> str:
    """Return how the report of the case's problem begins: its place, its level aside."""
    before, _, _ = case.text.partition("▸")
    return f"{file}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


def _check(report: str, file: str, case: Case) -> None:
    head = _head(file, case)
    found = [block for block in _blocks(report) if block.startswith(head) and f"[{case.rule}]" in block]
    assert len(found) == 1, f"{head}[{case.rule}] is not in\n{report}"
    first, *rest = found[0].split("\n")
    assert case.message in first
    assert case.hint in "\n".join(line for line in rest if line.startswith("  hint: ")) or not case.hint
    if case.rule != "literal-secret":
        assert rest[1].rstrip().endswith("^"), "the place is marked below its line"


def _blocks(report: str) -> list[str]:
    blocks: list[str] = []
    for line in report.split("\n"):
        if line.startswith(" ") and blocks:
            blocks[-1] += "\n" + line
        else:
            blocks.append(line)
    return blocks


CAMPAIGN_CASES = [*KEYS, *AUDIENCES, *CONTENTS, *HOURS, *ROLLOUTS, *RECALLS]


@pytest.mark.parametrize("case", CAMPAIGN_CASES, ids=_ids(CAMPAIGN_CASES))
def test_a_campaign_that_breaks_a_rule_is_told_where_and_what_to_do(project: Project, case: Case) -> None:
    """The author mends the file from this text alone."""
    _check(_report(project, "campaigns/sale.yaml", case), "campaigns/sale.yaml", case)


FITTING = [
    ("tags-too-many", PUSH + f"audience: {{tags: {{any: [{', '.join(ELEVEN[:10])}]}}}}\n" + NOTE),
    ("apns-packet-bytes", PUSH_ALL + f"notification: {{title: T, desc: {'x' * 4_095}}}\n"),
    ("desc-and-ext-bytes", PUSH_ALL + f"notification: {{title: T, desc: {'x' * 3_072}}}\n"),
    ("ext-bytes", PUSH_ALL + f"notification: {{title: T, ext: {{a: {'x' * 1_016}}}}}\n"),
    (
        "stage-tag",
        (TAGGED.replace("any: [vip]", f"all: [{', '.join(ELEVEN[:9])}]") + BY_TAG).replace("▸", ""),
    ),
    ("content-missing", PUSH_ALL + NOTE),
    ("content-missing", PUSH_ALL + TEXT),
    ("content-missing", WEB_ALL + "message: {page: /winter}\n"),
    ("delivery-not-carried", PUSH_ALL + TEXT + "delivery: {history: true}\n"),
    ("delivery-not-carried", SEND_RONG + TEXT + "delivery: {history: true}\n"),
    ("delivery-not-carried", PUSH_ALL + NOTE + "delivery: {marketing: true}\n"),
    ("lifetime-range", IM_PUSH_ALL + TEXT + "delivery: {lifetime: 7d}\n"),
    *(
        ("lifetime-past-window", BATCH_RONG + NOTE + f"schedule: {window}\ndelivery: {delivery}\n")
        for window, delivery in (
            *((window, "{lifetime: 2h}") for window in TWO_HOURS),
            (TWO_HOURS[0], "{marketing: true}"),
            ("{not_before: 2026-12-01T10:00:00Z}", "{lifetime: 3h}"),
            ("{not_after: 2026-12-01T10:00:00Z}", "{lifetime: 3h}"),
        )
    ),
    ("lifetime-past-window", BATCH_RONG + NOTE + "delivery: {lifetime: 3h}\n"),
    ("data-id-bytes", BATCH_RONG + NOTE + f"delivery: {{data_id: {'x' * 64}}}\n"),
    ("task-name-bytes", BATCH_RONG + NOTE + f"delivery: {{task_name: {'x' * 20}}}\n"),
    ("from-bytes", SEND_RONG + TEXT + f"from: {'a' * 32}\n"),
    ("from-bytes", BATCH_RONG.replace("admin", "a" * 128) + NOTE),
    ("condition-choice", IM_PUSH + "audience: {tags: {any: [a], all: [b]}}\n" + TEXT),
    ("tags-not", PUSH + "audience: {tags: {any: [a], not: [b]}}\n" + NOTE),
    ("tags-not-several", PUSH + "audience: {tags: {any: [a, b], not: [c]}}\n" + NOTE),
    ("tag-bytes", PUSH + f"audience: {{tags: {{any: [{'x' * 50}]}}}}\n" + NOTE),
    (
        "attributes-too-many",
        PUSH
        + f"audience: {{attributes: {{all: {{{', '.join(f'{it}: x' for it in ELEVEN[:10])}}}}}}}\n"
        + NOTE,
    ),
    ("attribute-name-bytes", PUSH + f"audience: {{attributes: {{all: {{{'x' * 50}: x}}}}}}\n" + NOTE),
    ("attribute-value-bytes", PUSH + f"audience: {{attributes: {{all: {{x: {'x' * 50}}}}}}}\n" + NOTE),
    ("audience-option", BATCH + "audience: {file: a.csv, column: id, personalize: [tz]}\n" + NOTE),
    ("audience-option", BATCH + "audience: {accounts: [ada], exclude: [a.csv], column: id}\n" + NOTE),
    ("audience-kind", IM_PUSH + "audience: {attributes: {any: {a: b}}}\n" + TEXT),
    ("audience-kind", WEB + "audience: {tags: {any: [a]}}\nweb: {title: Hi}\n"),
    ("account-form", SEND + f"audience: {{accounts: [{'a' * 32}]}}\n" + TEXT),
    ("account-form", BATCH + f"audience: {{accounts: [{'a' * 128}]}}\n" + NOTE),
    ("message-custom-elements", PUSH_ALL + "message: [{custom: {data: a}}, {text: hi}]\n"),
    *(
        ("custom-without-text", PUSH_ALL + text)
        for text in (
            "message: [{custom: {data: a, desc: Hi}}]\n",
            "message: [{custom: {data: a}}]\n" + NOTE,
            "message: [{custom: {data: a}}]\nnotification: {enabled: false}\n",
            "message: [{text: hi}, {custom: {data: a}}]\n",
            TEXT,
        )
    ),
    *(
        ("notification-silent", PUSH_ALL + text)
        for text in (
            "notification: {title: Hi}\n",
            "notification: {desc: Hi}\n",
            "notification: {template: {id: x}}\n",
            "notification: {languages: {en: {title: Hi}}}\n",
            "notification: {enabled: false}\n",
            "notification: {enabled: true}\n" + TEXT,
            "notification: {apns: {title: Hi}}\n",
            "notification: {apns: {content_available: 1}}\n",
            "notification: {apns: {live_activity: {la_id: x, event: update, content_state: {}}}}\n",
        )
    ),
    ("ext-not-json", PUSH_ALL + "notification: {title: T, ext: {page: /winter}}\n"),
    ("desc-and-ext-bytes", PUSH_ALL + f"notification: {{title: T, ext: {{a: {'x' * 3_064}}}}}\n"),
    ("title-cut", PUSH_ALL + f"notification: {{title: {'x' * 32}}}\n"),
    ("desc-cut", PUSH_ALL + f"notification: {{title: T, desc: {'x' * 50}}}\n"),
    ("desc-cut", PUSH_ALL + f"notification: {{title: T, desc: {'x' * 51}, android: {{style: 1}}}}\n"),
    ("badge-range", PUSH_ALL + "notification: {title: T, badge: {set: 99}}\n"),
    ("badge-range", PUSH_ALL + "notification: {title: T, badge: {add: 1}}\n"),
    ("needs-another", PUSH_ALL + "notification: {title: T, harmony: {sound: a, sound_duration: 2}}\n"),
    ("needs-another", PUSH_ALL + "notification: {title: T, harmony: {category: a}}\n"),
    ("needs-another", PUSH_ALL + "notification: {title: T, android: {oppo: {channel_id: a}}}\n"),
    (
        "needs-another",
        PUSH_ALL + "notification: {title: T, android: {oppo: {category: a, notify_level: 2}}}\n",
    ),
    (
        "needs-another",
        PUSH_ALL
        + "notification:\n  apns:\n    live_activity:\n"
        + "      {la_id: x, event: end, content_state: {}, dismissal_date: 5}\n",
    ),
    (
        "live-activity-id",
        PUSH_ALL
        + "notification:\n  apns:\n    live_activity:\n"
        + f"      {{la_id: {'x' * 64}, event: update, content_state: {{}}}}\n",
    ),
    (
        "xiaomi-template",
        PUSH_ALL + f"notification: {{template: {{id: x, params: {TEN_VALUES.replace(', j: x', '')}}}}}\n",
    ),
    (
        "xiaomi-template",
        PUSH_ALL + f"notification: {{template: {{id: x, params: {{name: {'x' * 128}}}}}}}\n",
    ),
    *(
        ("xiaomi-channel", PUSH_ALL + f"notification: {{title: Hi, android: {android}}}\n")
        for android in (
            "{huawei: {channel_id: a}, xiaomi: {channel_id: b}}",
            "{huawei: {channel_id: ''}}",
            "{huawei: {category: IM}}",
            "{sound: a}",
        )
    ),
    ("recall-cut", PUSH_ALL + NOTE + f"recall: {{title: {'x' * 32}, desc: {'x' * 50}}}\n"),
    ("recall-unused", PUSH_ALL + NOTE + "recall: {title: Sorry}\n"),
    ("recall-unused", SEND_RONG + "message: [{text: hi}]\n"),
    *(
        (rule, LISTED.replace("rollout:", "variants: [{name: a, share: 50%}, {name: b, share: 50%}]"))
        for rule in ("share-missing", "share-sum", "share-audience", "share-kind")
    ),
    ("share-missing", PUSH + NOTE + "variants: [{name: a, audience: {everyone: true}}]\n"),
    ("stage-share", LISTED + CANARY + "  - {stage: rest, share: 90%}\n"),
    ("stage-empty", LISTED + CANARY + "  - {stage: more, share: 85%}\n" + REST),
    ("web-silent", WEB_ALL + "web: {title: Hi}\n"),
    ("web-silent", WEB_ALL + "web: {desc: Hi}\n"),
    ("ext-not-json", WEB_ALL + "web: {title: Hi, ext: {page: /winter}}\n"),
    ("web-url", WEB_ALL + "web: {title: Hi, url: https://a.example}\n"),
    ("web-url", WEB_ALL + "web: {title: Hi, url: http://a.example:8080/winter}\n"),
    ("local-audience", PUSH_ALL + NOTE + ONE_MOMENT),
    ("local-column", FEW + AT_TEN),
    (
        "local-column",
        BATCH
        + NOTE
        + "audience: {file: a.csv, column: id}\n"
        + AT_TEN.replace("default", "timezone_column: tz, default"),
    ),
    ("local-rollout", LISTED.replace("rollout", ONE_MOMENT + "rollout") + CANARY + REST),
    ("local-rollout", FEW + AT_TEN),
    ("schedule-by-service", PUSH_ALL + NOTE + BY_SERVICE),
    ("schedule-by-service", FEW + BY_SERVICE),
    ("schedule-by-service", SEND_RONG + TEXT + ONE_MOMENT),
    ("schedule-by-service", LISTED.replace("rollout", ONE_MOMENT + "rollout") + CANARY + REST),
]


@pytest.mark.parametrize(
    ("rule", "text"), FITTING, ids=[f"{index}-{rule}" for index, (rule, _) in enumerate(FITTING)]
)
def test_what_just_fits_is_right(project: Project, rule: str, text: str) -> None:
    """A limit of ten is a limit of ten: whoever keeps to it is not stopped."""
    project.write({"campaigns/sale.yaml": text, "a.csv": "id,tz\nrong,Asia/Shanghai\n"})

    outcome = project.run("validate").assert_ok()

    assert f"[{rule}]" not in outcome.out


def test_a_message_of_the_whole_limit_is_not_too_long(project: Project) -> None:
    """Only the body around it is, which says how much is to go."""
    project.write({"campaigns/sale.yaml": SEND_RONG + f"message: [{{text: {'x' * 12_236}}}]\n"})

    report = project.run("validate").out

    assert "[body-bytes]: the body is 12,323 bytes; openim/batchsendmsg takes 12,288" in report
    assert "[message-bytes]" not in report


def test_a_share_of_no_list_is_no_second_audience(project: Project) -> None:
    """To move an audience that nobody wrote is advice that nobody can follow."""
    project.write({"campaigns/sale.yaml": BATCH + NOTE + "variants: [{name: a, share: 50%}]\n"})

    assert "[share-audience]" not in project.run("validate").out


@pytest.mark.parametrize("share", ["0%", "abc", "45"])
def test_a_malformed_share_is_not_missing_too(project: Project, share: str) -> None:
    """One mistake is one error."""
    variants = f"variants: [{{name: a, share: {share}}}, {{name: b, share: 40%}}]\n"
    project.write({"campaigns/it.yaml": BATCH_RONG + NOTE + variants})

    assert project.run("validate").out.endswith("\n1 error\n")


def test_a_missing_message_is_asked_for_and_what_needs_it_stays(project: Project) -> None:
    """Whoever left the key out as well, and then added the message, would have lost it."""
    project.write({"campaigns/sale.yaml": SEND_RONG + "delivery: {history: false}\n"})

    report = project.run("validate").out

    assert "[content-missing]: openim/batchsendmsg needs a message" in report
    assert "[delivery-not-carried]" not in report


PACED = PROJECT.replace("sandbox: true", "sandbox: true, pace: {users_per_second: 1000}")


def test_a_pace_and_a_task_at_the_service_exclude_each_other(project: Project) -> None:
    """The service would send to all listed accounts at once, and the owner's servers asked for the pace."""
    case = Case(
        "schedule-by-service",
        FEW + BY_SERVICE.replace("by", "▸by"),
        "all accounts at once, and the project's pace is 1,000 users a second",
        "take pace from the environment",
    )
    project.write({"pushspec.yaml": PACED})

    _check(_report(project, "campaigns/sale.yaml", case), "campaigns/sale.yaml", case)


@pytest.mark.parametrize("text", [FEW + ONE_MOMENT, PUSH_ALL + NOTE + BY_SERVICE])
def test_a_pace_forbids_no_other_schedule(project: Project, text: str) -> None:
    """An apply keeps the pace itself, and a push by condition never goes at one."""
    project.write({"pushspec.yaml": PACED, "campaigns/sale.yaml": text})

    project.run("validate").assert_ok()


@pytest.mark.parametrize("case", PROJECTS, ids=_ids(PROJECTS))
def test_a_project_that_breaks_a_rule_is_told_where_and_what_to_do(project: Project, case: Case) -> None:
    """A wrong project file stops everything, so it must be mended at once."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})

    _check(_report(project, "pushspec.yaml", case), "pushspec.yaml", case)
