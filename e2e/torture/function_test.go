package torture

const asFunction = "TORTURE_AS_FUNCTION"

func panickingFunction() {}
