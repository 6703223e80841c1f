# Residuals, leverages and influence of generalised linear models from R and broom, for tests/diagnostics/test_rows.py.
# Run from the root of the repository: Rscript tests/reference/residuals.R > tests/reference/residuals.csv
# Computed with R 4.2.2, broom 1.0 and statmod 1.5. Of whole numbers statmod's quantile residuals are random: there the
# two ends of the step are written, between which they fall.
suppressMessages({library(broom); library(MASS); library(statmod)})
tight <- glm.control(epsilon = 1e-15, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
settle <- function(fit) { for (again in 1:5) fit <- suppressWarnings(update(fit, start = coef(fit))); fit }
say <- function(case, kind, values) for (k in seq_along(values)) cat(sprintf("%s,%s,%d,%.17g\n", case, kind, k, values[k]))
beetles <- read("beetles"); cars <- transform(read("cars"), times = 1 + speed %% 3)
fits <- list(
  odds = glm(case ~ age + parity, binomial, read("infertility"), control = tight),
  trials = glm(cbind(killed, beetles - killed) ~ log_dose, binomial("cloglog"), beetles, control = tight),
  quasi = glm(cbind(killed, beetles - killed) ~ log_dose, quasibinomial, beetles, control = tight),
  counts = glm(breaks ~ wool + tension, poisson, read("warpbreaks"), control = tight),
  gamma = glm(seconds ~ lot + concentration, Gamma, read("blood_clotting"), control = tight),
  inverse = glm(seconds ~ concentration, inverse.gaussian("log"), read("blood_clotting"), control = tight),
  weighted = glm(distance ~ speed, gaussian, cars, weights = times, control = tight),
  negative = glm(days ~ sex + age, negative.binomial(1.5, "log"), read("quine"), control = tight)
)
cat("case,kind,place,value\n")
for (case in names(fits)) {
  fit <- settle(fits[[case]])
  known <- family(fit)$family %in% c("binomial", "poisson") || case == "negative"
  dispersion <- if (known) 1 else summary(fit)$dispersion
  for (kind in c("deviance", "pearson", "response", "working")) say(case, kind, residuals(fit, kind))
  h <- hatvalues(fit)
  say(case, "leverage", h)
  say(case, "sigma", influence(fit, do.coef = FALSE)$sigma)
  if (case == "negative") { # MASS says that the dispersion is 1, summary.glm estimates it for a family it does not know
    say(case, "standardized", residuals(fit, "deviance") / sqrt(1 - h))
    say(case, "cooks_distance", (residuals(fit, "pearson") / (1 - h))^2 * h / length(coef(fit)))
  } else {
    rows <- augment(fit)
    stopifnot(all.equal(rows$.hat, unname(h)), all.equal(rows$.std.resid, unname(rstandard(fit))))
    say(case, "standardized", rows$.std.resid)
    say(case, "standardized_pearson", rstandard(fit, type = "pearson"))
    say(case, "cooks_distance", rows$.cooksd)
  }
  y <- fit$y; mu <- fitted(fit); w <- weights(fit, "prior")
  if (case == "gamma") say(case, "quantile", qres.gamma(fit, dispersion))
  if (case == "inverse") say(case, "quantile", qres.invgauss(fit, dispersion))
  if (case == "weighted") say(case, "quantile", residuals(fit, "pearson") / sqrt(dispersion))
  ends <- switch(case,
    odds = , trials = list(pbinom(round(w * y) - 1, w, mu), pbinom(round(w * y), w, mu)),
    counts = list(ppois(y - 1, mu), ppois(y, mu)),
    negative = list(pnbinom(y - 1, size = 1.5, mu = mu), pnbinom(y, size = 1.5, mu = mu)))
  if (!is.null(ends)) { say(case, "quantile_low", qnorm(ends[[1]])); say(case, "quantile_high", qnorm(ends[[2]])) }
}
