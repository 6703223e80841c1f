# Reference numbers for average marginal effects and marginal means: by emmeans where it has them, else by predictions,
# with derivatives in x and in the coefficients by differences of fourth order (the delta method as it is written down).
# Run from the root of the repository: Rscript tests/reference/effects.R > tests/reference/effects.csv
# Needs emmeans (1.8.4) and sandwich (3.0-2). Computed with R 4.2.2.
suppressMessages({library(emmeans); library(sandwich); library(splines)})
tight <- glm.control(epsilon = 1e-14, maxit = 200)
settle <- function(fit) { for (again in 1:5) fit <- suppressWarnings(update(fit, start = coef(fit))); fit }
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
cat("case,kind,term,contrast,estimate,std.error\n")
say <- function(case, kind, term, contrast, estimate, error)
  cat(sprintf('%s,%s,%s,%s,%.12g,%.12g\n', case, kind, term, contrast, estimate, error))
difference <- function(f, at, step) (8 * (f(at + step) - f(at - step)) - (f(at + 2 * step) - f(at - 2 * step))) / (12 * step)
jacobian <- function(f, b) sapply(seq_along(b), function(j) {
  difference(function(value) { b[j] <- value; f(b) }, b[j], 1e-3 * max(abs(b[j]), 1e-2))
})
averages <- function(case, fit, data, offset = 0, weights = rep(1, nrow(data)), vcov = stats::vcov(settle(fit))) {
  fit <- settle(fit)
  X <- function(rows) model.matrix(delete.response(terms(fit)), rows, xlev = fit$xlevels)
  mean_at <- function(b, rows) family(fit)$linkinv(drop(X(rows) %*% b) + offset)
  weights <- weights / sum(weights)
  tell <- function(kind, term, contrast, theta) {
    g <- jacobian(theta, coef(fit))
    say(case, kind, term, contrast, theta(coef(fit)), sqrt(drop(g %*% vcov %*% g)))
  }
  for (name in all.vars(delete.response(terms(fit)))) {
    at <- function(value) { data[[name]][] <- value; data }
    if (is.factor(data[[name]])) {
      known <- levels(data[[name]])
      for (level in known[-1])
        tell("effect", name, paste(level, "-", known[1]), function(b) sum(weights * (mean_at(b, at(level)) - mean_at(b, at(known[1])))))
      for (level in known) tell("mean", name, level, function(b) sum(weights * mean_at(b, at(level))))
    } else {
      x <- data[[name]]
      # inside the range of a spline: one-sided of fourth order at its ends
      slope <- function(b) {
        h <- 1e-4 * sd(x)
        start <- ifelse(x - 2 * h < min(x), 0, ifelse(x + 2 * h > max(x), -4, -2))
        w <- list("-2" = c(1, -8, 0, 8, -1), "0" = c(-25, 48, -36, 16, -3), "-4" = c(3, -16, 36, -48, 25))
        w <- t(sapply(as.character(start), function(s) w[[s]]))
        sum(weights * rowSums(sapply(1:5, function(k) w[, k] * mean_at(b, at(x + (start + k - 1) * h)))) / (12 * h))
      }
      tell("effect", name, "dY/dX", slope)
    }
  }
}
infertility <- read("infertility")
logit <- glm(case ~ age * education + parity + spontaneous, binomial, infertility, control = tight)
averages("infertility", logit, infertility)
averages("infertility_HC0", logit, infertility, vcov = sandwich(logit))
averages("infertility_cluster", logit, infertility, vcov = vcovCL(logit, ~matched_set, type = "HC1"))
averages("infertility_cloglog", glm(case ~ log(age) * spontaneous + education, binomial("cloglog"), infertility, control = tight), infertility)
ships <- subset(read("ships"), months > 0)
averages("ships", glm(incidents ~ type + period, poisson, ships, offset = log(months), control = tight), ships, log(ships$months))
insurance <- read("car_insurance")
averages("insurance", glm(average_cost ~ holder_age + car_group * car_age, Gamma("log"), insurance, weights = claims, control = tight), insurance)
averages("insurance_inverse", glm(average_cost ~ holder_age + car_group, Gamma, insurance, weights = claims, control = tight), insurance)
cars <- read("cars")
averages("cars_spline", glm(distance ~ bs(speed, df = 5), gaussian, cars, control = tight), cars)
averages("cars_poly", glm(distance ~ poly(speed, 3), Gamma("log"), cars, control = tight), cars)
anorexia <- read("anorexia")
averages("anorexia", glm(after ~ I(before^2) * treatment + before, gaussian, anorexia, control = tight), anorexia)
grid <- function(case, fit, names, type) {
  for (name in names) {
    found <- as.data.frame(if (type == "link") emmeans(fit, name) else suppressMessages(emmeans(regrid(ref_grid(fit), "response"), name)))
    for (k in seq_len(nrow(found))) say(case, "mean", name, found[k, 1], found[k, 2], found[k, "SE"])
  }
}
for (type in c("link", "mean")) {
  warpbreaks <- glm(breaks ~ wool * tension, poisson, read("warpbreaks"), control = tight)
  suppressMessages(grid(paste0("warpbreaks_grid_", type), warpbreaks, c("wool", "tension"), type))
  suppressMessages(grid(paste0("infertility_grid_", type), logit, "education", type))
}
