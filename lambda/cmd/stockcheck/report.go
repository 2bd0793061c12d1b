package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
)

type reportCommand struct {
	HTML  string `required:"" placeholder:"FILE" help:"The file to write; - for standard output."`
	State string `default:"state" placeholder:"PLACE" help:"${state_help}"`
	File  string `placeholder:"FILE" help:"What is watched; checkers.json, if there is one."`
}

func (r *reportCommand) Run(ctx context.Context, c *console) error {
	site, err := openSite(ctx, c, r.State, r.File)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := site.WriteReport(ctx, &page); err != nil {
		return err
	}
	if r.HTML == "-" {
		_, err := page.WriteTo(c.out)
		return err
	}
	if err := os.WriteFile(r.HTML, page.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	fmt.Fprintf(c.out, "wrote %s\n", r.HTML)
	return nil
}
