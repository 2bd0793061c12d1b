package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"stockchecker/lambda/local/web"
	"stockchecker/lambda/watch/storetest"
)

func ExampleSite() {
	site := web.New(web.Options{Store: new(storetest.Memory), Place: "memory"})
	server, err := site.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx) }()

	answer, err := http.Get(server.URL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	fmt.Println(answer.Status, strings.Contains(string(page), "Nothing is watched yet."), err)

	cancel()
	fmt.Println(<-ended)
	// Output:
	// 200 OK true <nil>
	// <nil>
}
