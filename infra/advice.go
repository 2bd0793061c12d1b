package main

import (
	"fmt"
	"strings"
	"time"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

// warning is what synth says, without stopping for it.
type warning struct {
	id, text string
}

// What a new account may have, and how long a check may take.
const (
	quotaOfRules       = 300
	quotaOfConcurrency = 10
	longestCheck       = 28 * time.Second
)

// advice is what the file asks of the account and the purse.
func (d deployment) advice() []warning {
	var list []warning
	warn := func(id, format string, args ...any) { list = append(list, warning{id, fmt.Sprintf(format, args...)}) }
	enabled := d.enabled()

	var quick []string
	for _, c := range enabled {
		if c.Every < time.Minute {
			quick = append(quick, c.Name)
		}
	}
	if n := len(quick); n > 0 {
		warn("cost", "every below a minute keeps the function waiting inside each minute, which costs about $4 a month for each product, $%d here: %s", 4*n, listed(quick))
	}
	if n := len(d.file.Checkers); n > quotaOfRules {
		warn("rules", "%d products are %d rules, and EventBridge takes %d in a region of an account until you ask for more: Service Quotas, Amazon EventBridge, Rules", n, n, quotaOfRules)
	}
	if n := concurrency(enabled); n > quotaOfConcurrency {
		warn("concurrency", "checks may need %d concurrent executions of Lambda, and a new account has %d: look in Service Quotas, AWS Lambda, Concurrent executions", n, quotaOfConcurrency)
	}
	alerts := d.file.Alerts
	told := 0
	for _, c := range alerts.URLs {
		if err := c.CheckAWS(); err != nil {
			warn("urls-"+c.Name, "%s", err)
		} else {
			told++
		}
	}
	subscribers := len(alerts.Email) + len(alerts.SMS) + len(alerts.HTTPS)
	switch {
	case subscribers+told == 0:
		warn("alerts", `nobody is told: %s has no alerts.email, alerts.sms or alerts.https; write "alerts": {"email": ["you@example.com"]}, or subscribe to the topic yourself`, d.path)
	case subscribers == 0:
		warn("alerts", "nobody is told when the function fails or does not run: CloudWatch tells alerts.email, alerts.sms and alerts.https alone; %s has none of them", d.path)
	}
	if alerts.Messages != (checker.Messages{}) {
		warn("messages", "alerts.messages is for the command on one machine; on AWS the built-in texts are used")
	}
	return list
}

// listed are names, not too many.
func listed(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// concurrency is how many checks may run at once in the busiest minute of the
// day, if each takes as long as a check may.
func concurrency(enabled []*checker.Checker) int {
	const day = 24 * 60
	var due [day]int
	always, unknown := 0, 0
	for _, c := range enabled {
		minutes := int(c.Every / time.Minute)
		switch {
		case minutes == 0: // waits inside each minute
			always++
		case 60%minutes == 0 || minutes%60 == 0 && day%minutes == 0:
			for m := stockchecker.Spread(c.Name, minutes); m < day; m += minutes {
				due[m]++
			}
		default: // rate(), from when its rule was made: they may all fall together
			unknown++
		}
	}
	busiest := 0
	for _, n := range due {
		busiest = max(busiest, n)
	}
	seconds := (busiest + unknown) * int(longestCheck.Seconds())
	return always + (seconds+59)/60
}
