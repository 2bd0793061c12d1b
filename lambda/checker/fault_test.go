package checker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// one is a file with one checker that has the given further keys.
func one(keys string) string {
	return `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"` + keys + `}]}`
}

func TestInvalidFiles(t *testing.T) {
	tests := []struct {
		name, file, want string
	}{
		{"empty file", ``, `checkers.json:1:1: the file is empty; it must have at least {"checkers": [{"name": "…", "url": "…"}]}`},
		{"only spaces", `   `, `checkers.json:1:1: the file is empty; it must have at least {"checkers": [{"name": "…", "url": "…"}]}`},
		{"not an object", `[]`, `checkers.json:1:1: the whole is a list, but must be an object, in { and }`},
		{"a string", `"checkers"`, `checkers.json:1:1: the whole is a string, but must be an object, in { and }`},
		{"trailing comma in an object", `{
  "checkers": [
    {"name": "ps5", "url": "https://shop.example/ps5",}
  ]
}`, `checkers.json:3:54: a comma before the closing } is one too many; remove it`},
		{"trailing comma in a list", `{"checkers": [
  {"name": "ps5", "url": "https://shop.example/ps5"},
]}`, `checkers.json:2:53: a comma before the closing ] is one too many; remove it`},
		{"missing comma between keys", `{"checkers": [
  {"name": "ps5"
   "url": "https://shop.example/ps5"}
]}`, `checkers.json:2:17: a comma is missing here`},
		{"missing comma between checkers", `{"checkers": [
  {"name": "a", "url": "https://shop.example/a"}
  {"name": "b", "url": "https://shop.example/b"}
]}`, `checkers.json:2:49: a comma is missing here`},
		{"two commas", `{"checkers": [],, "shards": 1}`, `checkers.json:1:17: this comma is one too many; remove it`},
		{"line comment", `{
  // what I want
  "checkers": []
}`, `checkers.json:2:3: JSON has no comments; remove it`},
		{"block comment", `{"checkers": [] /* none yet */}`, `checkers.json:1:17: JSON has no comments; remove it`},
		{"hash comment", `{"checkers": []
# none yet
}`, `checkers.json:2:1: JSON has no comments; remove it`},
		{"single quotes", `{'checkers': []}`, `checkers.json:1:2: ' is no quotation mark in JSON; write "`},
		{"curly quotes", `{"checkers": [{"name": “ps5”}]}`, `checkers.json:1:24: “ is no quotation mark in JSON; write "`},
		{"key without quotes", `{checkers: []}`, `checkers.json:1:2: a key stands in double quotes; write "checkers"`},
		{"value without quotes", `{"checkers": [{"name": ps5}]}`, `checkers.json:1:24: text stands in double quotes; write "ps5"`},
		{"True for true", one(`, "enabled": True`), `checkers.json:1:77: True is no value in JSON; write true`},
		{"None for null", one(`, "enabled": None`), `checkers.json:1:77: None is no value in JSON; leave the key out`},
		{"missing colon", `{"checkers" []}`, `checkers.json:1:12: a colon is missing here, between the key and its value`},
		{"equals sign", `{"checkers" = []}`, `checkers.json:1:12: a colon is missing here, between the key and its value`},
		{"backslash not doubled", one(`, "include": ["\d+"]`), `checkers.json:1:79: \d is no escape in JSON; a backslash in a string is written twice: \\d`},
		{"backslash at the end of a line", one(", \"sku\": \"a\\\n\""), `checkers.json:1:75: a backslash before the character U+000A is no escape in JSON; a backslash in a string is written twice: \\`},
		{"string over two lines", `{"checkers": [{"name": "ps5
", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:28: the string is not closed on its line; add a "`},
		{"list not closed", `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}`, `checkers.json:1:65: the file ends too early; add ]}`},
		{"wrong bracket", `{"checkers": [{"name": "ps5"]}`, `checkers.json:1:29: ] does not belong here; close the object with }`},
		{"text after the end", `{"checkers": []} }`, `checkers.json:1:18: the file goes on after its end; remove what follows, or see whether a bracket closes too early`},
		{"not UTF-8", `{"checkers": [{"name": "` + "\xff" + `"}]}`, `checkers.json:1:25: the text is not UTF-8 here; save the file as UTF-8`},
		{"too deep", `{"checkers": [[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]}`, `checkers.json:1:33: lists and objects stand more than 20 deep in each other here; no key needs that`},
		{"no checkers", `{"alerts": {"email": ["you@example.com"]}}`, `checkers.json:1:1: checkers: is missing; write "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]`},
		{"empty list of checkers", `{"checkers": []}`, `checkers.json:1:14: checkers: is an empty list; it needs at least 1`},
		{"checkers is an object", `{"checkers": {"name": "ps5"}}`, `checkers.json:1:14: checkers: is an object, but must be a list, such as [{"name": "ps5", "url": "https://shop.example/ps5"}]`},
		{"checker is a string", `{"checkers": ["https://shop.example/ps5"]}`, `checkers.json:1:15: checker #1: is a string, but must be an object, such as {"name": "ps5", "url": "https://shop.example/ps5"}`},
		{"null file key", `{"checkers": null}`, `checkers.json:1:14: checkers: null says nothing; leave the key out`},
		{"unknown key of the file", `{"checker": [{"name": "ps5"}]}`, `checkers.json:1:1: checkers: is missing; write "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]
checkers.json:1:2: checker: is no key here; did you mean "checkers"?`},
		{"alerts", `{
  "alerts": {"email": ["you@example", "Me <me@example.com>"], "sms": ["0155 5550123"], "https": ["http://hooks.example"], "urls": ["ntfy"], "e-mail": []},
  "shards": 0,
  "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]
}`, `checkers.json:2:24: alerts.email[0]: "you@example" is no e-mail address; write it like you@example.com
checkers.json:2:39: alerts.email[1]: "Me <me@example.com>" is no e-mail address; write it like you@example.com
checkers.json:2:71: alerts.sms[0]: "0155 5550123" is no phone number; write it in E.164 form, like +15555550123
checkers.json:2:98: alerts.https[0]: is no https URL; write it like https://hooks.example/stock
checkers.json:2:132: alerts.urls[0]: is no URL; write it like ntfy://ntfy.sh/your-topic
checkers.json:2:141: alerts.e-mail: is no key here; did you mean "email"?
checkers.json:3:13: shards: 0 is out of range; write a whole number from 1 to 100`},
		{"alert is no list", `{"alerts": {"email": "you@example.com"}, "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:22: alerts.email: is a string, but must be a list, such as ["you@example.com"]`},
		{"shards of one and a half", `{"shards": 1.5, "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:12: shards: 1.5 is no whole number; write one from 1 to 100`},
		{"missing name", `{"checkers": [{"url": "https://shop.example/ps5"}]}`, `checkers.json:1:15: checker #1: name: is missing; write "name": "ps5"`},
		{"missing url", `{"checkers": [{"name": "ps5"}]}`, `checkers.json:1:15: checker "ps5": url: is missing; write "url": "https://shop.example/ps5"`},
		{"name with capitals and spaces", `{"checkers": [{"name": "My PS5", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:24: checker "My PS5": name: "My PS5" is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit`},
		{"name too long", `{"checkers": [{"name": "a-name-that-is-longer-than-forty-characters", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:24: checker "a-name-that-is-longer-than-forty-characters": name: "a-name-that-is-longer-than-forty-characters" is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit`},
		{"name is a number", `{"checkers": [{"name": 5, "url": "https://shop.example/ps5"}]}`, `checkers.json:1:24: checker #1: name: is a number, but must be a string, such as "ps5"`},
		{"empty name", `{"checkers": [{"name": "", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:24: checker #1: name: is empty; write a value`},
		{"duplicate names", `{"checkers": [
  {"name": "ps5", "url": "https://shop.example/ps5"},
  {"name": "xbox", "url": "https://shop.example/xbox"},
  {"name": "ps5", "url": "https://shop.example/ps5-pro"}
]}`, `checkers.json:4:12: checker "ps5": name: has the same name as the checker at line 2; names are unique`},
		{"duplicate key", one(`, "every": "1m",
 "every": "2m"`), `checkers.json:2:2: checker "ps5": every: stands here a second time, first at line 1; remove one of them`},
		{"duplicate key in select", one(`, "select": {"price": "b", "price": "i"}`), `checkers.json:1:91: checker "ps5": select.price: stands here a second time, first at line 1; remove one of them`},
		{"url without scheme", `{"checkers": [{"name": "ps5", "url": "shop.example/ps5"}]}`, `checkers.json:1:38: checker "ps5": url: "shop.example/ps5" is no page's URL; write it whole, like https://shop.example/ps5`},
		{"url of another scheme", `{"checkers": [{"name": "ps5", "url": "ftp://shop.example/ps5"}]}`, `checkers.json:1:38: checker "ps5": url: "ftp://shop.example/ps5" is no page's URL; write it whole, like https://shop.example/ps5`},
		{"url without host", `{"checkers": [{"name": "ps5", "url": "https:///ps5"}]}`, `checkers.json:1:38: checker "ps5": url: "https:///ps5" is no page's URL; write it whole, like https://shop.example/ps5`},
		{"url with a space", `{"checkers": [{"name": "ps5", "url": "https://shop.example/p s5"}]}`, `checkers.json:1:38: checker "ps5": url: "https://shop.example/p s5" is no page's URL; write it whole, like https://shop.example/ps5`},
		{"url with a bad port", `{"checkers": [{"name": "ps5", "url": "https://shop.example:http/ps5"}]}`, `checkers.json:1:38: checker "ps5": url: "https://shop.example:http/ps5" is no page's URL; write it whole, like https://shop.example/ps5`},
		{"url with a password", `{"checkers": [{"name": "ps5", "url": "https://me:secret@shop.example/ps5"}]}`, `checkers.json:1:38: checker "ps5": url: has a user name or password in it; leave them out, and use headers if the page needs them`},
		{"unknown store", one(`, "store": "bestsell"`), `checkers.json:1:75: checker "ps5": store: "bestsell" is no store; leave it out, or write one of those that README.md lists at the key store`},
		{"misspelt store", one(`, "store": "Newegg"`), `checkers.json:1:75: checker "ps5": store: "Newegg" is no store; did you mean "newegg"?`},
		{"every in words", one(`, "every": "5 minutes"`), `checkers.json:1:75: checker "ps5": every: "5 minutes" is no duration; write it like 30s, 5m or 1h30m`},
		{"every as a number", one(`, "every": 300`), `checkers.json:1:75: checker "ps5": every: is a number, but must be a string, such as "5m"`},
		{"every in milliseconds", one(`, "every": "500ms"`), `checkers.json:1:75: checker "ps5": every: "500ms" is no duration; write it like 30s, 5m or 1h30m`},
		{"every empty", one(`, "every": ""`), `checkers.json:1:75: checker "ps5": every: is empty; write a value`},
		{"every too short", one(`, "every": "5s"`), `checkers.json:1:75: checker "ps5": every: "5s" is out of range; write a duration from 10s to 24h`},
		{"every too long", one(`, "every": "25h"`), `checkers.json:1:75: checker "ps5": every: "25h" is out of range; write a duration from 10s to 24h`},
		{"every beyond all numbers", one(`, "every": "99999999999999999999h"`), `checkers.json:1:75: checker "ps5": every: "99999999999999999999h" is out of range; write a duration from 10s to 24h`},
		{"cooldown in days", one(`, "cooldown": "1d"`), `checkers.json:1:78: checker "ps5": cooldown: "1d" is no duration; write it like 30s, 5m or 1h30m`},
		{"cooldown too long", one(`, "cooldown": "721h"`), `checkers.json:1:78: checker "ps5": cooldown: "721h" is out of range; write a duration from 0s to 720h`},
		{"include is a string", one(`, "include": "5090"`), `checkers.json:1:77: checker "ps5": include: is a string, but must be a list, such as ["rtx 5090"]`},
		{"include is no expression", one(`, "include": ["5090", "rtx (5090"]`), "checkers.json:1:86: checker \"ps5\": include[1]: \"rtx (5090\" is no regular expression: missing closing ): `rtx (5090`; write it in RE2 syntax, like rtx 50[89]0 (case does not matter)"},
		{"look-ahead", one(`, "exclude": ["^(?!combo)"]`), "checkers.json:1:78: checker \"ps5\": exclude[0]: \"^(?!combo)\" is no regular expression: invalid or unsupported Perl syntax: `(?!`; RE2 has no look-ahead or look-behind; use include and exclude together"},
		{"wildcard", one(`, "exclude": ["*combo*"]`), "checkers.json:1:78: checker \"ps5\": exclude[0]: \"*combo*\" is no regular expression: missing argument to repetition operator: `*`; write .* for any text"},
		{"empty expression", one(`, "exclude": [""]`), `checkers.json:1:78: checker "ps5": exclude[0]: is empty; write a value`},
		{"bad selector", one(`, "select": {"price": ".buy-box >"}`), `checkers.json:1:86: checker "ps5": select.price: ".buy-box >" is no CSS selector: expected selector, found EOF instead; write it like .buy-box .price`},
		{"unknown selector key", one(`, "select": {"soldOut": ".x", "prize": "b"}`), `checkers.json:1:77: checker "ps5": select.soldOut: is no key here; the keys are blocked, inStock, item, link, outOfStock, price, seller, title
checkers.json:1:94: checker "ps5": select.prize: is no key here; did you mean "price"?`},
		{"link without item", one(`, "select": {"link": "a"}`), `checkers.json:1:76: checker "ps5": select: has link but no item; link is read inside each item of a listing: add item, or leave link out`},
		{"json without script", one(`, "json": {"inStock": "product.available"}`), `checkers.json:1:74: checker "ps5": json.script: is missing; write "script": "#__NEXT_DATA__"`},
		{"json that reads nothing", one(`, "json": {"script": "#data", "title": "name"}`), `checkers.json:1:74: checker "ps5": json: has neither inStock nor price, so it reads nothing; add a path, such as "inStock": "product.available"`},
		{"bad json path", one(`, "json": {"script": "#data", "inStock": "product..available", "price": "offers[x]"}`), `checkers.json:1:105: checker "ps5": json.inStock: "product..available" is no path at "..available"; write it like a.b[0].c, with [*] for any element
checkers.json:1:136: checker "ps5": json.price: "offers[x]" is no path at "[x]"; write it like a.b[0].c, with [*] for any element`},
		{"condition", one(`, "condition": "used"`), `checkers.json:1:79: checker "ps5": condition: "used" is not allowed; write "new" or "any"`},
		{"maxPrice of zero", one(`, "maxPrice": 0`), `checkers.json:1:78: checker "ps5": maxPrice: 0 is not above 0; leave the key out for no limit`},
		{"maxPrice negative", one(`, "maxPrice": -5`), `checkers.json:1:78: checker "ps5": maxPrice: -5 is no price; write 650, or with a currency "650 USD"`},
		{"maxPrice with a sign", one(`, "maxPrice": "$650"`), `checkers.json:1:78: checker "ps5": maxPrice: "$650" is no price; write 650, or with a currency "650 USD"`},
		{"maxPrice with no currency of this world", one(`, "maxPrice": "650 USX"`), `checkers.json:1:78: checker "ps5": maxPrice: "650 USX" names USX, which is no currency of ISO 4217; write one such as USD, EUR or GBP`},
		{"maxPrice in gold", one(`, "maxPrice": "2 XAU"`), `checkers.json:1:78: checker "ps5": maxPrice: "2 XAU" names XAU, which is no currency of ISO 4217; write one such as USD, EUR or GBP`},
		{"maxPrice with an exponent", one(`, "maxPrice": 1e999999999`), `checkers.json:1:78: checker "ps5": maxPrice: 1e999999999 is no price; write 650, or with a currency "650 USD"`},
		{"maxPrice true", one(`, "maxPrice": true`), `checkers.json:1:78: checker "ps5": maxPrice: is true or false, but must be a number or a string, such as 650`},
		{"countAsInStock", one(`, "countAsInStock": ["pre-order", "sold_out"]`), `checkers.json:1:85: checker "ps5": countAsInStock[0]: "pre-order" is not allowed; did you mean "preorder"?
checkers.json:1:98: checker "ps5": countAsInStock[1]: "sold_out" is not allowed; write "in_stock", "limited", "online_only", "in_store_only", "preorder", "presale" or "backorder"`},
		{"alertOn", one(`, "alertOn": ["instock", "always", "gone", "gone"]`), `checkers.json:1:78: checker "ps5": alertOn[0]: "instock" is not allowed; did you mean "inStock"?
checkers.json:1:89: checker "ps5": alertOn[1]: "always" is not allowed; write "inStock", "gone", "someGone" or "priceDrop"
checkers.json:1:107: checker "ps5": alertOn[3]: "gone" stands here a second time; remove one of them`},
		{"alarm.failures out of range", one(`, "alarm": {"failures": 11}`), `checkers.json:1:88: checker "ps5": alarm.failures: 11 is out of range; write a whole number from 1 to 10`},
		{"alarm is a number", one(`, "alarm": 3`), `checkers.json:1:75: checker "ps5": alarm: is a number, but must be an object, such as {"failures": 3}`},
		{"alarm beyond a CloudWatch alarm", one(`, "every": "24h", "alarm": {"failures": 6}`), `checkers.json:1:104: checker "ps5": alarm.failures: 6 failures at every 24h need an alarm over 192h, and an alarm on AWS spans 168h at most; write 5 at most, or check more often`},
		{"headers", one(`, "headers": {"Host": "x", "accept-encoding": "gzip", "X Y": "1", "Cookie": "a\nb", "cookie": "c", "Referer": 5}`), `checkers.json:1:78: checker "ps5": headers.Host: is set by the checker itself; leave it out
checkers.json:1:91: checker "ps5": headers.accept-encoding: is set by the checker itself; leave it out
checkers.json:1:118: checker "ps5": headers."X Y": is no header name; write letters, digits and -, such as Accept-Language
checkers.json:1:140: checker "ps5": headers.Cookie: has a character that no header can have, such as a line break; remove it
checkers.json:1:148: checker "ps5": headers.cookie: stands here a second time, in another writing; remove one of them
checkers.json:1:174: checker "ps5": headers.Referer: is a number, but must be a string`},
		{"pages out of range", one(`, "pages": 11`), `checkers.json:1:75: checker "ps5": pages: 11 is out of range; write a whole number from 1 to 10`},
		{"pages of a word", one(`, "pages": "all"`), `checkers.json:1:75: checker "ps5": pages: is a string, but must be a number, such as 3`},
		{"enabled is a word", one(`, "enabled": "no"`), `checkers.json:1:77: checker "ps5": enabled: is a string, but must be true or false, such as false`},
		{"null value", one(`, "maxPrice": null`), `checkers.json:1:78: checker "ps5": maxPrice: null says nothing; leave the key out`},
		{"unknown key with a near one", one(`, "evry": "5m"`), `checkers.json:1:66: checker "ps5": evry: is no key here; did you mean "every"?`},
		{"unknown key of other case", one(`, "maxprice": 650`), `checkers.json:1:66: checker "ps5": maxprice: is no key here; did you mean "maxPrice"?`},
		{"unknown key far from any", one(`, "colour": "black"`), `checkers.json:1:66: checker "ps5": colour: is no key here; the keys are alarm, alertOn, channels, condition, cooldown, countAsInStock, enabled, every, exclude, headers, include, json, maxPrice, name, pages, select, sellers, sku, store, url`},
		{"a fault of the defaults is told once", `{
  "defaults": {"every": "soon", "name": "x"},
  "checkers": [
    {"name": "a", "url": "https://shop.example/a"},
    {"name": "b", "url": "https://shop.example/b"}
  ]
}`, `checkers.json:2:25: defaults.every: "soon" is no duration; write it like 30s, 5m or 1h30m
checkers.json:2:33: defaults.name: belongs to each checker, not to the defaults; move it there`},
		{"defaults is a list", `{"defaults": [], "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`, `checkers.json:1:14: defaults: is a list, but must be an object, such as {"every": "1m"}`},
		{"defaults and entry together beyond an alarm", `{
  "defaults": {"alarm": {"failures": 10}},
  "checkers": [
    {"name": "a", "url": "https://shop.example/a"},
    {"name": "b", "url": "https://shop.example/b", "every": "24h"}
  ]
}`, `checkers.json:5:61: checker "b": every: 10 failures at every 24h need an alarm over 288h, and an alarm on AWS spans 168h at most; write 5 at most, or check more often`},
		{"columns count characters", `{"checkers": [{"sku": "приставка", "nam": "ps5"}]}`, `checkers.json:1:15: checker #1: name: is missing; write "name": "ps5"
checkers.json:1:15: checker #1: url: is missing; write "url": "https://shop.example/ps5"
checkers.json:1:36: checker #1: nam: is no key here; did you mean "name"?`},
		{"a BOM is no column", "\ufeff" + `{"checkers": 1}`, `checkers.json:1:14: checkers: is a number, but must be a list, such as [{"name": "ps5", "url": "https://shop.example/ps5"}]`},
		{"windows line ends", "{\r\n  \"checkers\": 1\r\n}", `checkers.json:2:15: checkers: is a number, but must be a list, such as [{"name": "ps5", "url": "https://shop.example/ps5"}]`},
		{"all at once", `{
  "checkers": [
    {"name": "a", "url": "https://shop.example/a", "every": "often"},
    {"url": "shop.example", "pages": 0}
  ]
}`, `checkers.json:3:61: checker "a": every: "often" is no duration; write it like 30s, 5m or 1h30m
checkers.json:4:5: checker #2: name: is missing; write "name": "ps5"
checkers.json:4:13: checker #2: url: "shop.example" is no page's URL; write it whole, like https://shop.example/ps5
checkers.json:4:38: checker #2: pages: 0 is out of range; write a whole number from 1 to 10`},
		{"good elements are looked at beside bad ones", one(`, "include": [5, "(", ""], "sellers": ["a", null]`), "checkers.json:1:78: checker \"ps5\": include[0]: is a number, but must be a string\ncheckers.json:1:81: checker \"ps5\": include[1]: \"(\" is no regular expression: missing closing ): `(`; write it in RE2 syntax, like rtx 50[89]0 (case does not matter)\ncheckers.json:1:86: checker \"ps5\": include[2]: is empty; write a value\ncheckers.json:1:108: checker \"ps5\": sellers[1]: null says nothing; leave the key out"},
		{"the key twice in headers", one(`, "headers": {"X-A": "1", "X-A": "2"}`), `checkers.json:1:90: checker "ps5": headers.X-A: stands here a second time; remove one of them`},
	}
	tests = append(tests, []struct{ name, file, want string }{
		{"UTF-16", "\xff\xfe{\x00", "checkers.json:1:1: the text is not UTF-8 here; save the file as UTF-8"},
		{"tab in a string", "{\"checkers\": [\"a\tb\"]}", "checkers.json:1:17: the character U+0009 cannot stand in a string; write it as an escape, such as \\t"},
		{"string not closed", `{"checkers": "`, `checkers.json:1:15: the file ends too early; a string is not closed; add a "`},
		{"deeper than the scanner goes", strings.Repeat("[", 20000), "checkers.json:1:1: lists and objects stand more than 20 deep in each other; no key needs that"},
		{"long values are cut", one(`, "every": "` + strings.Repeat("x", 500) + `"`), `checkers.json:1:75: checker "ps5": every: "` + strings.Repeat("x", 60) + `…" is no duration; write it like 30s, 5m or 1h30m`},
		{"a selector of brackets alone", one(`, "select": {"price": "` + strings.Repeat(":not(", 300) + `"}`), `checkers.json:1:86: checker "ps5": select.price: "` + strings.Repeat(":not(", 12) + `…" is no CSS selector: it is longer than 1000 characters; write it like .buy-box .price`},
	}...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("checkers.json", []byte(tt.file))
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("error is %v, not Faults", err)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestLoadUnreadable(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "checkers.json")
	if _, err := Load(missing); err == nil || err.Error() != "load "+missing+": no such file or directory" {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(dir); err == nil || err.Error() != "load "+dir+": is a directory" {
		t.Errorf("directory: %v", err)
	}
	if err := os.WriteFile(missing, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(missing); err == nil || !strings.HasPrefix(err.Error(), missing+":1:1: ") {
		t.Errorf("faulty file: %v", err)
	}
}
