package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
)

func Example() {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/lamp", http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<title>Lamp</title>")
	}))
	defer shop.Close()

	client := fetch.New(fetch.Options{}) // one for all checkers
	defer client.CloseIdleConnections()

	lamp := &checker.Checker{Name: "lamp", URL: shop.URL + "/old"}
	resp, err := client.Fetch(context.Background(), lamp, lamp.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, resp.Final == shop.URL+"/lamp")
	fmt.Printf("%s\n", resp.Body)
	// Output:
	// 200 true
	// <title>Lamp</title>
}
