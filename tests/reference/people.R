# Reference numbers for data as they come: factors, outcomes in words, natural splines, dates.
# Run with `Rscript people.R` in this folder (R 4.2.2); writes people_r.csv. docs/people.csv is simulated.
library(splines)
d <- read.csv("../../docs/people.csv", stringsAsFactors = TRUE)
d$visit <- as.Date(d$visit)
day <- as.numeric(d$visit)
year <- as.numeric(format(d$visit, "%Y"))
month <- as.numeric(format(d$visit, "%m"))
weekday <- as.numeric(format(d$visit, "%u"))
models <- list(
  plain = relapse ~ arm + age + smoker,
  no = I(relapse == "no") ~ arm + age + smoker,
  placebo = I(arm == "placebo") ~ age + smoker + relapse,
  relevelled = relapse ~ relevel(arm, ref = "placebo") + age,
  nointercept = relapse ~ arm + smoker + age - 1,
  ns = relapse ~ ns(age, df = 3) + smoker,
  ns4 = relapse ~ ns(age, df = 4),
  nsknots = relapse ~ ns(age, knots = c(35, 50)),
  square = relapse ~ age + I(age^2),
  dates = relapse ~ year + month + weekday,
  days = relapse ~ I(day - min(day)) + factor(year)
)
control <- glm.control(epsilon = 1e-14, maxit = 100)
rows <- lapply(names(models), function(name) {
  fit <- glm(models[[name]], binomial, d, control = control)
  found <- summary(fit)$coefficients
  new <- data.frame(age = c(15, 42.5, 90), smoker = "no")
  data.frame(model = name, term = rownames(found), estimate = found[, 1], error = found[, 2], deviance = deviance(fit))
})
spline <- glm(models$ns, binomial, d, control = control)
new <- data.frame(age = c(15, 42.5, 90), smoker = "no")  # beyond the data on both sides
rows[[length(rows) + 1]] <- data.frame(
  model = "nspredicted", term = new$age, estimate = predict(spline, new), error = 0, deviance = 0
)
found <- do.call(rbind, rows)
for (column in c("estimate", "error", "deviance")) found[[column]] <- sprintf("%.17g", found[[column]])
write.csv(found, "people_r.csv", row.names = FALSE)
