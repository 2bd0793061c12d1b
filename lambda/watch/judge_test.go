package watch

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

func TestJudge(t *testing.T) {
	sellers := func(c *checker.Checker) { c.Sellers = []string{"Example Shop", "Größe GmbH"} }
	limit := func(s string) func(*checker.Checker) {
		return func(c *checker.Checker) { c.MaxPrice = amount(s) }
	}
	for _, test := range []struct {
		name  string
		c     *checker.Checker
		item  page.Item
		want  Verdict
		notes []string
	}{
		{"in stock", aChecker(), page.Item{Availability: checker.InStock}, Yes, nil},
		{"limited", aChecker(), page.Item{Availability: checker.Limited}, Yes, nil},
		{"online only", aChecker(), page.Item{Availability: checker.OnlineOnly}, Yes, nil},
		{"in store only", aChecker(), page.Item{Availability: checker.InStoreOnly}, Yes, nil},
		{"sold out", aChecker(), page.Item{Availability: checker.SoldOut}, No, nil},
		{"preorder", aChecker(), page.Item{Availability: checker.PreOrder}, No, nil},
		{"preorder that counts", aChecker(func(c *checker.Checker) { c.CountAsInStock[checker.PreOrder] = true }), page.Item{Availability: checker.PreOrder}, Yes, nil},
		{"discontinued", aChecker(), page.Item{Availability: checker.Discontinued}, No, nil},
		{"unknown", aChecker(limit("1")), page.Item{Availability: checker.Unknown}, Unknown, nil},
		{"nothing said", aChecker(), page.Item{}, Unknown, nil},
		{"any seller", aChecker(), page.Item{Availability: checker.InStock, Seller: "Somebody"}, Yes, nil},
		{"allowed seller", aChecker(sellers), page.Item{Availability: checker.InStock, Seller: " example  SHOP"}, Yes, nil},
		{"allowed seller, folded", aChecker(sellers), page.Item{Availability: checker.InStock, Seller: "GRÖSSE GmbH"}, Yes, nil},
		{"other seller", aChecker(sellers), page.Item{Availability: checker.InStock, Seller: "Example Shop Outlet"}, No, nil},
		{"unread seller", aChecker(sellers), page.Item{Availability: checker.InStock}, Yes, []string{"seller unknown"}},
		{"unread seller of a sold-out item", aChecker(sellers), page.Item{Availability: checker.SoldOut}, No, nil},
		{"new", aChecker(), page.Item{Availability: checker.InStock, Condition: "new"}, Yes, nil},
		{"used", aChecker(), page.Item{Availability: checker.InStock, Condition: "used"}, No, nil},
		{"refurbished", aChecker(), page.Item{Availability: checker.InStock, Condition: "refurbished"}, No, nil},
		{"used where any will do", aChecker(func(c *checker.Checker) { c.Condition = "any" }), page.Item{Availability: checker.InStock, Condition: "used"}, Yes, nil},
		{"below the limit", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock, Price: amount("649.99 USD")}, Yes, nil},
		{"at the limit", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock, Price: amount("650.00 USD")}, Yes, nil},
		{"above the limit", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock, Price: amount("650.01 USD")}, No, nil},
		{"limit of open currency", aChecker(limit("650")), page.Item{Availability: checker.InStock, Price: amount("651 USD")}, No, nil},
		{"price of open currency", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock, Price: amount("651")}, No, nil},
		{"other currency", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock, Price: amount("9000 EUR")}, Yes, []string{"price in EUR, not compared"}},
		{"unread price", aChecker(limit("650 USD")), page.Item{Availability: checker.InStock}, Yes, []string{"price unknown"}},
		{"unread seller and price", aChecker(sellers, limit("650")), page.Item{Availability: checker.InStock}, Yes, []string{"seller unknown", "price unknown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Judge(test.c, []page.Item{test.item})
			if len(got) != 1 || got[0].Verdict != test.want {
				t.Fatalf("got %+v, want %s", got, test.want)
			}
			if d := cmp.Diff(test.notes, got[0].Notes); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestJudgeIncludeExclude(t *testing.T) {
	expressions := func(s ...string) (list []*regexp.Regexp) {
		for _, e := range s {
			list = append(list, regexp.MustCompile(e))
		}
		return list
	}
	for _, test := range []struct {
		include, exclude []*regexp.Regexp
		want             string
	}{
		{nil, nil, "Lamp A,Lamp B,Lamp C,"},
		{expressions("A$", "B$"), nil, "Lamp A,Lamp B,"},
		{nil, expressions("(?i)lamp b", "C"), "Lamp A,"},
		{expressions("A", "B"), expressions("A"), "Lamp B,"},
	} {
		c := aChecker(func(c *checker.Checker) { c.Include, c.Exclude = test.include, test.exclude })
		got := ""
		for _, j := range Judge(c, pageItems("A yes, B no, C ?")) {
			got += j.Title + ","
		}
		if got != test.want {
			t.Errorf("include %v, exclude %v: %s, want %s", test.include, test.exclude, got, test.want)
		}
	}
}
