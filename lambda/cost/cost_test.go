package cost

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"stockchecker/lambda/checker"
)

func file(t *testing.T, text string) *checker.File {
	t.Helper()
	f, err := checker.Parse("checkers.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestMonth has values computed by hand from the list prices.
func TestMonth(t *testing.T) {
	second := Use{Check: time.Second}
	tests := []struct {
		name, text string
		use        Use
		want       map[string]string // name: quantity, USD, free in USD
		usd, free  string
	}{
		{
			name: "one each minute", use: second,
			text: `{"checkers": [{"name": "a", "url": "https://shop.example/a"}]}`,
			want: map[string]string{
				"Lambda invocations":   "43800 0.008760 0.008760",
				"Lambda time":          "5475 0.073000 0.073000", // 43,800 s × 0.125 GB × $0.0000133334
				"S3 reads":             "43800 0.017520 0.000000",
				"S3 writes":            "0 0.000000 0.000000",
				"EventBridge rules":    "1 0.000000 0.000000",
				"CloudWatch alarms":    "4 0.400000 0.400000",
				"CloudWatch metrics":   "0 0.000000 0.000000",
				"CloudWatch dashboard": "1 3.000000 3.000000",
				"CloudWatch logs":      "0.0438 0.021900 0.021900",
				"SNS publishes":        "0 0.000000 0.000000",
				"SNS e-mail":           "0 0.000000 0.000000",
				"SNS text messages":    "0 0.000000 0.000000",
			},
			usd: "3.521", free: "3.504",
		},
		{
			name: "ten seconds: four checks, and the function runs 31 s of each minute", use: second,
			text: `{"checkers": [{"name": "a", "url": "https://shop.example/a", "every": "10s"}]}`,
			want: map[string]string{
				"Lambda invocations": "43800 0.008760 0.008760",
				"Lambda time":        "169725 2.263011 2.263011", // 43,800 × 31 s × 0.125 GB
				"S3 reads":           "175200 0.070080 0.000000",
				"CloudWatch logs":    "0.1752 0.087600 0.087600",
			},
			usd: "5.829", free: "5.759",
		},
		{
			name: "five minutes, two mailed and one texted, one of them of one product only",
			use:  Use{Check: 2 * time.Second, Alerts: 10, FailingHours: 73},
			text: `{"alerts": {"email": ["you@example.com", {"to": "she@example.com", "only": ["b"]}], "sms": ["+15555550123"], "https": ["https://hooks.example/s"]},
				"defaults": {"every": "5m"},
				"checkers": [{"name": "a", "url": "https://shop.example/a"}, {"name": "b", "url": "https://shop.example/b"},
					{"name": "off", "url": "https://shop.example/off", "enabled": false}]}`,
			want: map[string]string{
				"Lambda invocations": "17520 0.003504 0.003504", // 2 × 43,800 / 5
				"Lambda time":        "4380 0.058400 0.058400",  // 17,520 × 2 s × 0.125 GB
				"S3 reads":           "17520 0.007008 0.000000",
				"S3 writes":          "72 0.000360 0.000000", // 2 × (10 × 3 + 6)
				"EventBridge rules":  "3 0.000000 0.000000",
				"CloudWatch alarms":  "6 0.600000 0.600000", // 3 products and 3 of all
				"CloudWatch metrics": "0.2 0.060000 0.060000",
				"SNS publishes":      "24 0.000012 0.000012", // 2 × (10 + 2)
				"SNS e-mail":         "36 0.000720 0.000720", // 12 for a, 24 for b
				"SNS https":          "24 0.000014 0.000014",
				"SNS text messages":  "24 0.139440 0.000000", // × $0.00581
			},
			usd: "3.878", free: "3.731",
		},
		{
			name: "beyond the free tier", use: Use{Check: time.Second, SMSPrice: 0.08, Alerts: 1},
			text: `{"alerts": {"sms": ["+15555550123"]}, "checkers": [` + many(30) + `]}`,
			want: map[string]string{
				"Lambda invocations": "1314000 0.262800 0.200000",
				"Lambda time":        "164250 2.190011 2.190011",
				"CloudWatch alarms":  "33 3.300000 1.000000",
				"SNS text messages":  "30 2.400000 0.000000",
			},
			usd: "12.336", free: "7.047",
		},
		{
			name: "all paused", use: second,
			text: `{"defaults": {"enabled": false}, "checkers": [{"name": "a", "url": "https://shop.example/a"}]}`,
			want: map[string]string{"Lambda invocations": "0 0.000000 0.000000", "CloudWatch alarms": "3 0.300000 0.300000"},
			usd:  "3.300", free: "3.300",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Of(file(t, tt.text), tt.use)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			usd, free := 0.0, 0.0
			for _, l := range m.Lines {
				got[l.Name] = fmt.Sprintf("%.6g %.6f %.6f", math.Round(l.Quantity*1e6)/1e6, l.USD, l.Free)
				if l.Quantity >= 1e6 {
					got[l.Name] = fmt.Sprintf("%.0f %.6f %.6f", l.Quantity, l.USD, l.Free)
				}
				usd, free = usd+l.USD, free+l.Free
			}
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s: %s, want %s", name, got[name], want)
				}
			}
			if u, f := fmt.Sprintf("%.3f", m.USD), fmt.Sprintf("%.3f", m.Free); u != tt.usd || f != tt.free {
				t.Errorf("in all $%s, free $%s; want $%s, $%s", u, f, tt.usd, tt.free)
			}
			if math.Abs(usd-m.USD) > 1e-9 || math.Abs(free-m.Free) > 1e-9 {
				t.Errorf("the lines are $%f, $%f, and the sums $%f, $%f", usd, free, m.USD, m.Free)
			}
		})
	}
}

func many(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"name": "p%d", "url": "https://shop.example/%d"}`, i, i))
	}
	return strings.Join(list, ",")
}

func TestStarts(t *testing.T) {
	for _, tt := range []struct {
		every, check time.Duration
		want         string
	}{
		{time.Minute, time.Second, "[0s]"},
		{2 * time.Hour, time.Second, "[0s]"},
		{10 * time.Second, time.Second, "[0s 10s 20s 30s]"},
		{15 * time.Second, time.Second, "[0s 15s 30s]"},
		{20 * time.Second, time.Second, "[0s 20s]"},
		{30 * time.Second, time.Second, "[0s 30s]"},
		{10 * time.Second, 12 * time.Second, "[0s 20s]"}, // what a slow check missed is not made up for
		{10 * time.Second, 28 * time.Second, "[0s 30s]"},
	} {
		got, err := startsOf(&checker.Checker{Every: tt.every}, tt.check)
		if err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("every %s, a check of %s: %v, %v; want %s", tt.every, tt.check, got, err, tt.want)
		}
	}
	for _, every := range []time.Duration{11 * time.Second, 45 * time.Second, 90 * time.Second} {
		_, err := startsOf(&checker.Checker{Name: "a", Every: every}, time.Second)
		if want := fmt.Sprintf(`checker "a": every: %s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`, every); err == nil || err.Error() != want {
			t.Errorf("every %s: error %v, want %s", every, err, want)
		}
	}
}

// A run never costs more than its invocation may last.
func TestSlowChecksEndWithTheInvocation(t *testing.T) {
	m, err := Of(file(t, `{"checkers": [{"name": "a", "url": "https://shop.example/a", "every": "30s"}]}`), Use{Check: 40 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Lines[1].Quantity; got > 43800*60*0.125 {
		t.Errorf("%f GB-seconds", got)
	}
}

// TestReadme holds the README's table of what a product costs against the model.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, every := range []string{"5m", "1m", "30s", "20s", "15s", "10s"} {
		m, err := Of(file(t, `{"checkers": [{"name": "a", "url": "https://shop.example/a", "every": "`+every+`"}]}`), Use{Check: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		const shared = 3*0.10 + 3 // alarm metrics, the dashboard
		row := fmt.Sprintf("| %s | $%.2f |", every, m.USD-shared)
		if !strings.Contains(string(text), row) {
			t.Errorf("README has no row %s", row)
		}
	}
}
