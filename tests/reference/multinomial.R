# Multinomial logits by nnet::multinom, for tests/models/test_softmax.py; from the root of the repository:
#     Rscript tests/reference/multinomial.R > tests/reference/multinomial.json
library(nnet)

fitted <- function(formula, data, times = rep(1, nrow(data))) {
  data$times <- times
  environment(formula) <- environment()
  m <- multinom(formula, data, weights = times, trace = FALSE, reltol = 1e-16, abstol = 0, maxit = 5000, Hess = TRUE)
  list(classes = m$lev, coef = coef(m), std_error = summary(m)$standard.errors, deviance = deviance(m), aic = AIC(m))
}

iris4 <- read.csv("data/iris.csv")
ordered <- transform(iris4, species = factor(species, c("versicolor", "setosa", "virginica")))
quine <- read.csv("data/quine.csv")
cases <- list(
  iris_sepal_width = fitted(species ~ sepal_width, iris4),
  iris_versicolor_base = fitted(species ~ sepal_width, ordered),
  quine_age = fitted(age ~ days + sex, quine),
  quine_weighted = fitted(age ~ sex, quine, quine$days)
)

number <- function(x) formatC(x, digits = 15, format = "g")
vector_json <- function(x) paste0("[", paste(number(x), collapse = ", "), "]")
matrix_json <- function(x) paste0("[", paste(apply(x, 1, vector_json), collapse = ", "), "]")
one <- function(name) {
  x <- cases[[name]]
  sprintf(
    '  "%s": {"classes": ["%s"], "coef": %s, "std_error": %s, "deviance": %s, "aic": %s}', name,
    paste(x$classes, collapse = '", "'), matrix_json(x$coef), matrix_json(x$std_error), number(x$deviance), number(x$aic)
  )
}
cat("{\n", paste(vapply(names(cases), one, ""), collapse = ",\n"), "\n}\n", sep = "")
