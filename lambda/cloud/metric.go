package cloud

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// writeFailure writes that a check failed, in CloudWatch's embedded metric format:
// of such a line in a function's log CloudWatch makes a metric. It is written on
// failures alone, since a metric costs only in the hours in which it is written.
func writeFailure(w io.Writer, namespace, checker string, at time.Time) error {
	type metric struct {
		Name string
		Unit string
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	type metadata struct {
		Timestamp         int64
		CloudWatchMetrics []directive
	}
	line, err := json.Marshal(struct {
		AWS         metadata `json:"_aws"`
		Checker     string
		CheckFailed int
	}{
		AWS: metadata{
			Timestamp: at.UnixMilli(),
			CloudWatchMetrics: []directive{{
				Namespace:  namespace,
				Dimensions: [][]string{{"Checker"}},
				Metrics:    []metric{{Name: "CheckFailed", Unit: "Count"}},
			}},
		},
		Checker:     checker,
		CheckFailed: 1,
	})
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write metric of %s: %w", checker, err)
	}
	return nil
}
