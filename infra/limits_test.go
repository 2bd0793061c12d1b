package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockchecker/infra/stockchecker"
)

// fits fails where a template is more than CloudFormation takes, or the function
// has not exactly one permission.
func fits(t *testing.T, templates []template) {
	t.Helper()
	permissions := 0
	for _, tpl := range templates {
		permissions += len(tpl.resources("AWS::Lambda::Permission"))
		resources, outputs := len(tpl.resources("")), 0
		if o, ok := tpl.body["Outputs"].(object); ok {
			outputs = len(o)
		}
		if resources > 500 || len(tpl.text) > 1_000_000 || outputs > 200 {
			t.Errorf("%s has %d resources, %d bytes, %d outputs", tpl.stack, resources, len(tpl.text), outputs)
		}
		for id, rule := range tpl.resources("AWS::Events::Rule") {
			if input := resolve(t, rule["Properties"].(object)["Targets"].([]any)[0].(object)["Input"]); len(input) > 8192 {
				t.Errorf("the input of %s has %d characters", id, len(input))
			}
		}
	}
	if permissions != 1 {
		t.Errorf("%d permissions", permissions)
	}
}

// count is how many rules and alarms of checkers the templates have.
func count(templates []template) (rules, alarms int) {
	for _, tpl := range templates {
		rules += len(tpl.resources("AWS::Events::Rule"))
		for _, alarm := range tpl.resources("AWS::CloudWatch::Alarm") {
			if alarm["Properties"].(object)["MetricName"] == "CheckFailed" {
				alarms++
			}
		}
	}
	return rules, alarms
}

// lint runs cfn-lint over templates.
func lint(t *testing.T, templates []template) {
	t.Helper()
	program, err := exec.LookPath("cfn-lint")
	if err != nil {
		need(t, "cfn-lint", "pip install cfn-lint==1.51.0")
	}
	// W3005: CDK names the role of a function as a dependency besides.
	args := []string{"--ignore-checks", "W3005", "--format", "parseable", "--"}
	for _, tpl := range templates {
		if len(tpl.resources("")) > 0 { // the CDK CLI deploys no empty one
			args = append(args, tpl.path)
		}
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

func TestTemplatesLint(t *testing.T) {
	d := sample(t)
	templates := synthesized(t, d)
	d.bucket, d.architecture, d.shards, d.stackName = "my-bucket", "x86_64", 3, "eighteen-character"
	templates = append(templates, synthesized(t, d)...)
	templates = append(templates, synthesized(t, deploymentOf(t, `{"checkers": [{"name": "a", "url": "https://shop.example/a", "enabled": false}]}`))...)
	lint(t, templates)
}

func TestOneProduct(t *testing.T) {
	templates := synthesized(t, deploymentOf(t, products(1, 1)))
	fits(t, templates)
	if rules, alarms := count(templates); rules != 1 || alarms != 1 {
		t.Errorf("%d rules, %d alarms", rules, alarms)
	}
}

// The largest file that fits a stack fits; with one product more the error says
// how many shards it takes, and they are enough.
func TestLargestStack(t *testing.T) {
	shared := len(synthesized(t, deploymentOf(t, products(1, 1)))[0].resources("")) - 2
	largest := (500 - shared) / 2
	if largest < 240 {
		t.Errorf("a stack takes only %d products", largest)
	}
	templates := synthesized(t, deploymentOf(t, products(largest, 1)))
	fits(t, templates)
	lint(t, templates)
	if rules, alarms := count(templates); rules != largest || alarms != largest {
		t.Errorf("%d rules, %d alarms", rules, alarms)
	}

	_, _, err := synthesize(t, deploymentOf(t, products(largest+1, 1)))
	want := fmt.Sprintf(`checkers.json: stack stockchecker would have %d resources, and CloudFormation takes 500; write "shards": 2`, shared+2*(largest+1))
	if err == nil || err.Error() != want {
		t.Fatalf("error is %v, want %s", err, want)
	}
	fits(t, synthesized(t, deploymentOf(t, products(largest+1, 2))))
}

// With long checkers the size of the template is what counts.
func TestLargestTemplate(t *testing.T) {
	file := func(shards int) string {
		var entries []string
		for i := range 140 {
			entries = append(entries, fmt.Sprintf(`{"name": "product-%d", "url": "https://shop.example/p/%d", "include": ["%s"]}`, i, i, strings.Repeat("x", 7000)))
		}
		return fmt.Sprintf(`{"alerts": {"email": ["you@example.com"]}, "shards": %d, "checkers": [%s]}`, shards, strings.Join(entries, ","))
	}
	_, _, err := synthesize(t, deploymentOf(t, file(1)))
	if err == nil || !strings.HasPrefix(err.Error(), "checkers.json: stack stockchecker would have 1") ||
		!strings.HasSuffix(err.Error(), ` bytes of template, and CloudFormation takes 1000000; write "shards": 2`) {
		t.Fatalf("error is %v", err)
	}
	fits(t, synthesized(t, deploymentOf(t, file(2))))
}

func TestThousandProducts(t *testing.T) {
	_, _, err := synthesize(t, deploymentOf(t, products(1000, 1)))
	want := `checkers.json: stack stockchecker would have 2000 rules and alarms, and CloudFormation takes 500 resources; write "shards": 5`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	d := deploymentOf(t, products(1000, 5))
	before := synthesized(t, d)
	fits(t, before)
	lint(t, before)
	if rules, alarms := count(before); rules != 1000 || alarms != 1000 {
		t.Errorf("%d rules, %d alarms", rules, alarms)
	}

	// One more changes nothing but its own two resources.
	more := deploymentOf(t, products(1001, 5))
	more.zip = d.zip
	after := synthesized(t, more)
	shard := 1 + stockchecker.Spread("product-1000", 5)
	for i := range before {
		old, new := before[i].resources(""), after[i].resources("")
		var changed []string
		for id, r := range new {
			if !cmp.Equal(old[id], r) {
				changed = append(changed, r["Type"].(string))
			}
			delete(old, id)
		}
		slices.Sort(changed)
		var want []string
		if i == shard {
			want = []string{"AWS::CloudWatch::Alarm", "AWS::Events::Rule"}
		}
		if !slices.Equal(changed, want) || len(old) > 0 {
			t.Errorf("%s: changed or new are %v, gone are %d", before[i].stack, changed, len(old))
		}
		delete(before[i].body, "Resources")
		delete(after[i].body, "Resources")
		if diff := cmp.Diff(before[i].body, after[i].body); diff != "" {
			t.Errorf("%s has changed besides:\n%s", before[i].stack, diff)
		}
	}
}

func TestTenThousandProducts(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 products take half a minute; run without -short")
	}
	templates := synthesized(t, deploymentOf(t, products(10_000, 50)))
	fits(t, templates)
	if rules, alarms := count(templates); rules != 10_000 || alarms != 10_000 {
		t.Errorf("%d rules, %d alarms", rules, alarms)
	}
	// The others have nothing that these have not, and 51 take minutes.
	lint(t, templates[:2])
}

func TestNoNumberOfShardsIsEnough(t *testing.T) {
	d := deploymentOf(t, products(30_000, 1))
	if n, err := d.smallest(); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Check is what stops a file before any stack is made.
func TestDeploymentFaults(t *testing.T) {
	long := func(n int) string {
		return `{"checkers": [{"name": "a", "url": "https://shop.example/a", "include": ["` + strings.Repeat("x", n) + `"]}]}`
	}
	only := func(lists ...string) string {
		return `{"alerts": {"email": [` + strings.Join(lists, ", ") + `]}, "checkers": [{"name": "a", "url": "https://shop.example/a"}, {"name": "b", "url": "https://shop.example/b"},
{"name": "c", "url": "https://shop.example/c"}, {"name": "d", "url": "https://shop.example/d"}]}`
	}
	// What the function does not post to takes no room.
	urls := func(n int) string {
		return `{"alerts": {"urls": ["pushover://` + strings.Repeat("x", 4000) + `@user", "ntfy://ntfy.sh/` + strings.Repeat("x", n) + `"]}, "checkers": [{"name": "a", "url": "https://shop.example/a"}]}`
	}
	four := []string{`{"to": "1@example.com", "only": ["a"]}`, `{"to": "2@example.com", "only": ["a", "b"]}`, `{"to": "3@example.com", "only": ["a", "c"]}`,
		`{"to": "4@example.com", "only": ["a", "d"]}`, `{"to": "5@example.com", "only": ["b", "a"]}`}
	one := `{"checkers": [{"name": "a", "url": "https://shop.example/a"}]}`
	tests := []struct {
		name, file string
		change     func(*deployment)
		want       string
	}{
		{"nothing", one, func(d *deployment) {}, ""},
		{"eighteen characters", one, func(d *deployment) { d.stackName = "Eighteen-Character" }, ""},
		{"nineteen characters", one, func(d *deployment) { d.stackName = "nineteen-characters" },
			`stackName: "nineteen-characters" is no stack name here; write 1 to 18 of A-Z, a-z, 0-9 and -, beginning with a letter: AWS cuts a longer one in the names of rules, by which they are allowed to run the function`},
		{"underscore", one, func(d *deployment) { d.stackName = "my_stock" },
			`stackName: "my_stock" is no stack name here; write 1 to 18 of A-Z, a-z, 0-9 and -, beginning with a letter: AWS cuts a longer one in the names of rules, by which they are allowed to run the function`},
		{"like a shard", one, func(d *deployment) { d.stackName = "stock-s2" }, `stackName: "stock-s2" ends like the name of a shard; write another`},
		{"bucket as an address", one, func(d *deployment) { d.bucket = "s3://my-bucket" }, `bucket: "s3://my-bucket" is no bucket name; write the name alone, such as my-bucket`},
		{"architecture", one, func(d *deployment) { d.architecture = "amd64" }, `architecture: "amd64" is none; write arm64 or x86_64`},
		{"no program", one, func(d *deployment) { d.zip = "dist/none.zip" }, `find the function's program dist/none.zip: it is not built; run make dist`},
		{"intervals", `{"checkers": [{"name": "a", "url": "https://shop.example/a", "every": "45s"}, {"name": "b", "url": "https://shop.example/b", "every": "90s"}]}`, func(d *deployment) {},
			"checkers.json: checker \"a\": every: 45s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes\n" +
				"checkers.json: checker \"b\": every: 1m30s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes"},
		{"as many groups as an alarm tells", only(four...), func(d *deployment) {}, ""},
		{"one group too many", only(append(four, `{"to": "6@example.com", "only": ["c", "b", "a"]}`)...), func(d *deployment) {},
			"checkers.json: alerts: the lists of only that have a are of 5 kinds, and an alarm tells 4 at most; write the same list for more of them"},
		{"longest channels", urls(3759), func(d *deployment) {}, ""},
		{"too long channels", urls(3760), func(d *deployment) {},
			"checkers.json: alerts.urls: as a variable of the function it has 3801 characters, and Lambda has room for 3800; write less of them, or long parts as ${ssm:/path}"},
		// 8,192 less 302 for the topic, 63 for the bucket, 12 for the object, and 100 of JSON and the rest.
		{"longest input", long(7715), func(d *deployment) {}, ""},
		{"too long an input", long(7716), func(d *deployment) {},
			`checkers.json: checker "a": is too long: as a rule's input it has up to 8193 characters, and EventBridge takes 8192; shorten it by 1`},
		{"astral characters count twice", strings.Replace(long(7715), "xx", "😀", 1), func(d *deployment) {}, ""},
		{"and so are too many", strings.Replace(long(7715), "x", "😀", 1), func(d *deployment) {},
			`checkers.json: checker "a": is too long: as a rule's input it has up to 8193 characters, and EventBridge takes 8192; shorten it by 1`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := deploymentOf(t, test.file)
			test.change(&d)
			got := ""
			if err := d.check(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error is\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestStaleShards(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{
		"stockchecker.template.json", "stockchecker-s1.template.json", "stockchecker-s2.template.json", "stockchecker-s10.template.json",
		"stockchecker-s3.assets.json", "stockchecker-s04.template.json", "stockchecker-sale.template.json", "other-s5.template.json", "manifest.json",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		folder string
		shards int
		want   []string
	}{
		{folder, 10, nil},
		{folder, 2, []string{"stockchecker-s10"}},
		{folder, 1, []string{"stockchecker-s1", "stockchecker-s2", "stockchecker-s10"}},
		{filepath.Join(folder, "none yet"), 1, nil},
	}
	for _, test := range tests {
		got, err := staleShards(test.folder, "stockchecker", test.shards)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if test.want != nil {
			want = "the file has no shard " + strings.Join(test.want, ", ") + " any more, but a stack that was deployed of it goes on firing its rules; remove it before you deploy:"
			for _, name := range test.want {
				want += "\naws cloudformation delete-stack --stack-name " + name + " && rm " + filepath.Join(folder, name+".template.json")
			}
		}
		text := ""
		for _, w := range got {
			text += w.text
		}
		if text != want {
			t.Errorf("%d shards: %s\nwant %s", test.shards, text, want)
		}
	}
}

// A synth with fewer shards into the folder of one with more says so.
func TestFormerShardsAreNamed(t *testing.T) {
	folder := t.TempDir()
	d := sample(t)
	d.shards = 3
	if err := d.synthesize(newApp(folder)); err != nil {
		t.Fatal(err)
	}
	d.shards = 2
	app := newApp(folder)
	if err := d.synthesize(app); err != nil {
		t.Fatal(err)
	}
	if got := warningsIn(t, folder); !strings.Contains(got, "delete-stack --stack-name stockchecker-s3 ") || strings.Contains(got, "--stack-name stockchecker-s2") {
		t.Errorf("warnings are %s", got)
	}
}

func TestAdvice(t *testing.T) {
	const rest = `, "checkers": [{"name": "a", "url": "https://shop.example/a"}]}`
	tests := []struct {
		name, file string
		want       []string
	}{
		{"nothing to say", `{"alerts": {"email": ["you@example.com"]}` + rest, nil},
		{"nobody", `{"shards": 1` + rest, []string{`nobody is told: checkers.json has no alerts.email, alerts.sms or alerts.https; write "alerts": {"email": ["you@example.com"]}, or subscribe to the topic yourself`}},
		{"urls that the function knows", `{"alerts": {"sms": ["+15555550123"], "urls": ["ntfy://ntfy.sh/t", "https://ntfy.sh/${ssm:/t}", "generic+https://hooks.example"]}` + rest, nil},
		{"urls that it does not know", `{"alerts": {"sms": ["+15555550123"], "urls": [{"name": "phone", "url": "pushover://shoutrrr:token@user"}, "ntfy://ntfy.sh/${NTFY_TOPIC}", "https://hooks.example/t"]}` + rest, []string{
			"alerts.urls: phone is not told on AWS: pushover is for the command on one machine; the function knows discord, generic, ntfy, slack, telegram",
			"alerts.urls: ntfy is not told on AWS: the function has no environment variable NTFY_TOPIC; write a parameter, like ${ssm:/stockchecker/token}",
			"alerts.urls: https is not told on AWS: its URL names no service; write generic+https://… for a webhook, or ntfy://host/topic for an ntfy server"}},
		{"only urls", `{"alerts": {"urls": ["ntfy://ntfy.sh/t"]}` + rest, []string{
			"nobody is told when the function fails or does not run: CloudWatch tells alerts.email, alerts.sms and alerts.https alone; checkers.json has none of them"}},
		{"only urls that it does not know", `{"alerts": {"urls": ["desktop:"]}` + rest, []string{
			"alerts.urls: desktop is not told on AWS: desktop is for the command on one machine; the function knows discord, generic, ntfy, slack, telegram",
			`nobody is told: checkers.json has no alerts.email, alerts.sms or alerts.https; write "alerts": {"email": ["you@example.com"]}, or subscribe to the topic yourself`}},
		{"messages", `{"alerts": {"email": ["you@example.com"], "messages": {"subject": "in stock"}}` + rest, []string{"alerts.messages is for the command on one machine; on AWS the built-in texts are used"}},
		{"below a minute", `{"alerts": {"https": ["https://hooks.example/"]}, "defaults": {"every": "10s"}, "checkers": [` +
			`{"name": "a", "url": "https://shop.example/a"}, {"name": "b", "url": "https://shop.example/b", "every": "1m"}, {"name": "c", "url": "https://shop.example/c", "enabled": false}, {"name": "d", "url": "https://shop.example/d"}]}`,
			[]string{`every below a minute keeps the function waiting inside each minute, which costs about $4 a month for each product, $8 here: a, d`}},
		{"300", products(300, 2), []string{
			`checks may need 30 concurrent executions of Lambda, and a new account has 10: look in Service Quotas, AWS Lambda, Concurrent executions`}},
		{"301", products(301, 2), []string{
			`301 products are 301 rules, and EventBridge takes 300 in a region of an account until you ask for more: Service Quotas, Amazon EventBridge, Rules`,
			`checks may need 30 concurrent executions of Lambda, and a new account has 10: look in Service Quotas, AWS Lambda, Concurrent executions`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, w := range deploymentOf(t, test.file).advice() {
				got = append(got, w.text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConcurrency(t *testing.T) {
	tests := []struct {
		name, every string
		n, want     int
	}{
		{"one", "1m", 1, 1},
		{"each minute", "1m", 60, 28},
		{"below a minute", "10s", 60, 60},
		{"rates may fall together", "7m", 60, 28},
		{"spread over a day", "24h", 60, 1}, // two of them in the busiest minute
	}
	for _, test := range tests {
		var entries []string
		for i := range test.n {
			entries = append(entries, fmt.Sprintf(`{"name": "product-%d", "url": "https://shop.example/", "every": %q}`, i, test.every))
		}
		if got := concurrency(deploymentOf(t, `{"checkers": [`+strings.Join(entries, ",")+`]}`).enabled()); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

// warningsIn are the texts of a manifest's warnings.
func warningsIn(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	paths, err := filepath.Glob(filepath.Join(folder, "*.metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, filepath.Join(folder, "manifest.json")) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var any any
		if err := json.Unmarshal(data, &any); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&all, any)
	}
	return all.String()
}
