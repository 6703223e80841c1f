# Reference numbers from R's glm on the bundled data sets, converged tightly.
# Run from the root of the repository: Rscript tests/reference/glm.R > tests/reference/glm.csv
# Columns: case, kind, term, value. Computed with R 4.2.2.
tight <- glm.control(epsilon = 1e-15, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = FALSE)
say <- function(case, kind, term, value) cat(sprintf('%s,%s,"%s",%.17g\n', case, kind, term, value))
# R's standard errors are those of the last but one coefficients, and its rule on the deviance stops early where
# steps shrink slowly: starting again from the answer until nothing moves gives the digits that float64 allows.
settle <- function(fit) {
  for (again in 1:30) {
    before <- coef(fit)
    fit <- suppressWarnings(update(fit, start = before))
    if (all(coef(fit) == before)) break
  }
  fit
}
report <- function(case, fit) {
  fit <- settle(fit)
  table <- summary(fit)$coefficients
  for (term in rownames(table)) {
    say(case, "coef", term, table[term, 1])
    say(case, "std_error", term, table[term, 2])
    say(case, "p_value", term, table[term, 4])
  }
  say(case, "deviance", "", fit$deviance)
  say(case, "null_deviance", "", fit$null.deviance)
  say(case, "df_residual", "", fit$df.residual)
  say(case, "dispersion", "", summary(fit)$dispersion)
  say(case, "aic", "", AIC(fit))
  say(case, "bic", "", BIC(fit))
  say(case, "log_likelihood", "", as.numeric(logLik(fit)))
}
cat("case,kind,term,value\n")
report("primes", glm(y ~ x, binomial, read("primes"), control = tight))
report("video", glm(y ~ x1 + x2, binomial, read("video"), control = tight))
for (link in c("logit", "probit", "cloglog", "cauchit"))
  report(paste0("beetles_", link), glm(cbind(killed, beetles - killed) ~ log_dose, binomial(link), read("beetles"), control = tight))
report("ships", glm(incidents ~ factor(type) + factor(built) + factor(period) + offset(log(months)), poisson, read("ships"), subset = months > 0, control = tight))
report("warpbreaks", glm(breaks ~ factor(wool) + factor(tension), poisson, read("warpbreaks"), control = tight))
report("blood_clotting", glm(seconds ~ factor(lot) * log(concentration), Gamma, read("blood_clotting"), control = tight))
report("longley", glm(employed ~ gnp_deflator + gnp + unemployed + armed_forces + population + year, gaussian, read("longley"), control = tight))
report("cars", glm(distance ~ speed, gaussian, read("cars"), control = tight))
report("cars_inverse_gaussian", glm(distance ~ speed, inverse.gaussian("log"), read("cars"), control = tight))
report("cars_sqrt", glm(distance ~ speed, poisson("sqrt"), read("cars"), control = tight))
