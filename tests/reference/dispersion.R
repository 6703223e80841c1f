# Quasi-likelihood, negative binomial fits with an estimated parameter, and score tests for overdispersion, from R.
# Run from the root of the repository: Rscript tests/reference/dispersion.R > tests/reference/dispersion.csv
# Computed with R 4.2.2 and MASS 7.3. glm.nb stops when theta moves by less than 1e-4 of itself and settles to some
# seven digits, so its own two steps, glm.fit at theta and theta.ml at the means, go on here until nothing moves.
suppressMessages(library(MASS))
tight <- glm.control(epsilon = 1e-15, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
say <- function(case, kind, values) for (k in seq_along(values)) cat(sprintf("%s,%s,%d,%.17g\n", case, kind, k, values[k]))
settle <- function(fit) { for (again in 1:5) fit <- suppressWarnings(update(fit, start = coef(fit))); fit }
breaks <- transform(read("warpbreaks"), tension = relevel(tension, "L"))
beetles <- read("beetles"); moths <- read("budworm")
cat("case,kind,place,value\n")

quasi <- list(
  breaks = glm(breaks ~ wool + tension, quasipoisson, breaks, control = tight),
  beetles = glm(cbind(killed, beetles - killed) ~ log_dose, quasibinomial, beetles, control = tight),
  moths = glm(cbind(killed, moths - killed) ~ sex, quasibinomial("probit"), moths, control = tight)
)
for (case in names(quasi)) {
  fit <- settle(quasi[[case]]); told <- summary(fit); table <- told$coefficients
  say(case, "dispersion", told$dispersion)
  say(case, "std_error", table[, 2]); say(case, "statistic", table[, 3]); say(case, "p_value", table[, 4])
  width <- qt(0.975, df.residual(fit))
  say(case, "low", table[, 1] - width * table[, 2]); say(case, "high", table[, 1] + width * table[, 2])
  null <- settle(update(fit, . ~ 1, start = NULL)); test <- anova(null, fit, test = "F")
  say(case, "f", test[2, "F"]); say(case, "f_p_value", test[2, "Pr(>F)"])
}

# Dean (1992), P_B; for counts with the correction of Dean & Lawless (1989)
poisson_test <- function(fit) {
  y <- fit$y; mu <- fitted(fit)
  sum((y - mu)^2 - y + hatvalues(fit) * mu) / sqrt(2 * sum(mu^2))
}
binomial_test <- function(fit) {
  m <- weights(fit, "prior"); y <- m * fit$y; p <- fitted(fit)
  sum(((y - m * p)^2 + p * (y - m * p) - y * (1 - p)) / (p * (1 - p))) / sqrt(2 * sum(m * (m - 1)))
}
say("breaks", "dean", poisson_test(settle(glm(breaks ~ wool + tension, poisson, breaks, control = tight))))
say("beetles", "dean", binomial_test(settle(update(quasi$beetles, family = binomial))))
say("moths", "dean", binomial_test(settle(update(quasi$moths, family = binomial("probit")))))

quine <- read("quine"); ships <- subset(read("ships"), months > 0)
negative <- list(
  quine = list(days ~ ethnicity + sex + age + learner, quine, "log"),
  breaks = list(breaks ~ wool + tension, breaks, "log"),
  identity = list(breaks ~ tension, breaks, "identity"),
  offset = list(incidents ~ type + offset(log(months)), ships, "log"),
  weights = list(days ~ sex, quine, "log")
)
for (case in names(negative)) {
  of <- negative[[case]]; data <- of[[2]]; times <- if (case == "weights") rep(1:3, length.out = nrow(data)) else rep(1, nrow(data))
  data$times <- times
  fit <- switch(of[[3]],
    log = glm.nb(of[[1]], data, weights = times, control = tight),
    identity = glm.nb(of[[1]], data, weights = times, link = identity, control = tight))
  theta <- fit$theta; start <- coef(fit)
  for (again in 1:300) {
    family <- negative.binomial(theta, of[[3]])
    inner <- suppressWarnings(glm(of[[1]], family, data, weights = times, start = start, control = tight))
    start <- coef(inner)
    th <- theta.ml(inner$y, fitted(inner), sum(times), times, limit = 100, eps = 1e-13)
    if (abs(th - theta) < 1e-14 * theta) break
    theta <- as.numeric(th)
  }
  table <- summary(inner, dispersion = 1)$coefficients
  say(case, "nb_coef", table[, 1]); say(case, "nb_std_error", table[, 2])
  say(case, "nb_theta", theta); say(case, "nb_theta_std_error", attr(th, "SE"))
  say(case, "nb_deviance", deviance(inner))
  mu <- fitted(inner); y <- inner$y
  likelihood <- sum(times * (lgamma(theta + y) - lgamma(theta) - lgamma(y + 1) + theta * log(theta) + y * log(mu + (y == 0)) - (theta + y) * log(theta + mu)))
  say(case, "nb_log_likelihood", likelihood)
  say(case, "nb_aic", 2 * (length(start) + 1) - 2 * likelihood)
}
