package checker_test

import (
	"encoding/json"
	"fmt"

	"stockchecker/lambda/checker"
)

func Example() {
	file, err := checker.Parse("checkers.json", []byte(`{
  "defaults": {"every": "5m"},
  "checkers": [
    {"name": "ps5", "url": "https://shop.example/ps5", "maxPrice": "499.9 EUR"}
  ]
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	travels, _ := json.Marshal(file.Checkers[0])
	fmt.Println(string(travels))

	c, err := checker.Resolve(file.Checkers[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name, c.Every, c.MaxPrice, c.Pages)
	// Output:
	// {"every":"5m","maxPrice":"499.9 EUR","name":"ps5","url":"https://shop.example/ps5"}
	// ps5 5m0s 499.90 EUR 1
}

// All that is wrong is told at once, each with its place.
func ExampleParse() {
	_, err := checker.Parse("checkers.json", []byte(`{
  "checkers": [
    {"name": "ps5", "url": "https://shop.example/ps5", "every": "5 minutes"},
    {"name": "xbox", "uri": "https://shop.example/xbox"}
  ]
}`))
	fmt.Println(err)
	// Output:
	// checkers.json:3:65: checker "ps5": every: "5 minutes" is no duration; write it like 30s, 5m or 1h30m
	// checkers.json:4:5: checker "xbox": url: is missing; write "url": "https://shop.example/ps5"
	// checkers.json:4:22: checker "xbox": uri: is no key here; did you mean "url"?
}
