# Exponentials of coefficients by broom, for tests/fitting/test_ratios.py; from the root of the repository:
#     Rscript tests/reference/ratios.R > tests/reference/ratios.csv
# broom::tidy(exponentiate = TRUE) with Wald intervals put in its columns (its own are profile-likelihood intervals).
# Computed with R 4.2.2 and broom 1.0.
suppressMessages({library(broom); library(nnet)})
tight <- glm.control(epsilon = 1e-15, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = FALSE)
fits <- list(
  odds = glm(y ~ x, binomial, read("primes"), control = tight),
  risk = glm(case ~ spontaneous, binomial("log"), read("infertility"), start = c(-1.5, 0.1), control = tight),
  hazard = glm(cbind(killed, beetles - killed) ~ log_dose, binomial("cloglog"), read("beetles"), control = tight),
  rate = glm(breaks ~ factor(wool) + factor(tension), poisson, read("warpbreaks"), control = tight),
  mean = glm(seconds ~ concentration, Gamma("log"), read("blood_clotting"), control = tight)
)
cat("case,estimate,std_error,statistic,p_value,low,high\n")
for (case in names(fits)) {
  fit <- fits[[case]]
  for (again in 1:5) fit <- suppressWarnings(update(fit, start = coef(fit)))
  rows <- suppressWarnings(tidy(fit, exponentiate = TRUE))
  known <- family(fit)$family %in% c("binomial", "poisson")
  width <- if (known) qnorm(0.975) else qt(0.975, df.residual(fit))
  low <- exp(coef(fit) - width * rows$std.error); high <- exp(coef(fit) + width * rows$std.error)
  cat(sprintf("%s,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g\n", case, rows$estimate, rows$std.error, rows$statistic, rows$p.value, low, high), sep = "")
}
classes <- multinom(species ~ sepal_width, read("iris"), trace = FALSE, reltol = 1e-16, abstol = 0, maxit = 5000)
rows <- tidy(classes, exponentiate = TRUE, conf.int = TRUE)
cat(sprintf("relative,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g\n", rows$estimate, rows$std.error, rows$statistic, rows$p.value, rows$conf.low, rows$conf.high), sep = "")
