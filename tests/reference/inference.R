# Reference numbers for robust covariances, profile intervals and Firth's penalty, from R.
# Run from the root of the repository: Rscript tests/reference/inference.R > tests/reference/inference.csv
# Needs sandwich (3.0-2), brglm2 (0.9) and MASS. Computed with R 4.2.2.
suppressMessages({library(sandwich); library(brglm2); library(MASS)})
tight <- glm.control(epsilon = 1e-14, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = FALSE)
say <- function(case, kind, values) {
  for (k in seq_along(values)) cat(sprintf('%s,%s,%d,%.17g\n', case, kind, k, values[k]))
}
settle <- function(fit) { for (again in 1:5) fit <- suppressWarnings(update(fit, start = coef(fit))); fit }
cat("case,kind,place,value\n")
fits <- list(
  primes = glm(y ~ x, binomial, read("primes"), control = tight),
  video = glm(y ~ x1 + x2, binomial, read("video"), control = tight),
  warpbreaks = glm(breaks ~ factor(wool) + factor(tension), poisson, read("warpbreaks"), control = tight),
  beetles = glm(cbind(killed, beetles - killed) ~ log_dose, binomial("probit"), read("beetles"), control = tight)
)
for (case in names(fits)) {
  fit <- settle(fits[[case]])
  for (kind in c("HC0", "HC1", "HC2", "HC3"))
    say(case, kind, sqrt(diag(if (kind %in% c("HC0", "HC1")) sandwich(fit, adjust = kind == "HC1") else vcovHC(fit, type = kind))))
  limits <- suppressMessages(confint(fit))
  say(case, "profile_low", limits[, 1])
  say(case, "profile_high", limits[, 2])
}
clustered <- settle(glm(breaks ~ factor(tension), poisson, read("warpbreaks"), control = tight))
pairs <- rep(1:9, 6)
n <- 54; p <- 3; g <- 9
scores <- rowsum(estfun(clustered), pairs)
bread <- summary(clustered)$cov.unscaled
say("warpbreaks_cluster", "std_error", sqrt(diag(bread %*% crossprod(scores) %*% bread) * g / (g - 1) * (n - 1) / (n - p)))
firth <- function(formula, family, name)
  coef(glm(formula, family, read(name), method = "brglmFit", type = "AS_mean", epsilon = 1e-12, maxit = 10000))
say("primes", "firth", firth(y ~ x, binomial, "primes"))
say("iris_setosa", "firth", firth(y ~ sepal_length + sepal_width, binomial, "iris_setosa"))
say("video", "firth", firth(y ~ x1 + x2, binomial, "video"))
say("warpbreaks", "firth", firth(breaks ~ factor(wool) + factor(tension), poisson, "warpbreaks"))
say("beetles", "firth", firth(cbind(killed, beetles - killed) ~ log_dose, binomial("logit"), "beetles"))
