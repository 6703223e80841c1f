# Reference numbers for analyses of deviance, from R.
# Run from the root of the repository: Rscript tests/reference/anova.R > tests/reference/anova.csv
# Needs car (3.1-1), MASS and nnet. Computed with R 4.2.2.
suppressMessages({library(car); library(MASS); library(nnet)})
tight <- glm.control(epsilon = 1e-14, maxit = 200)
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
cat("case,kind,term,df,deviance,df.residual,residual.deviance,statistic,p.value,AIC,BIC\n")
say <- function(case, kind, term, df = NA, deviance = NA, df.residual = NA, residual.deviance = NA, statistic = NA,
                p.value = NA, AIC = NA, BIC = NA) {
  values <- c(df, deviance, df.residual, residual.deviance, statistic, p.value, AIC, BIC)
  cat(sprintf('%s,%s,%s,%s\n', case, kind, gsub(" ", "", term), paste(ifelse(is.na(values), "", sprintf("%.15g", values)), collapse = ",")))
}
# the table of anova(): of the terms of one model, or of nested models
sequential <- function(case, kind, table, models = NULL) {
  for (k in seq_len(nrow(table))) {
    last <- ncol(table)
    f <- "F" %in% colnames(table)
    say(case, kind, if (is.null(models)) rownames(table)[k] else k, table[k, "Df"], table[k, "Deviance"],
        table[k, "Resid. Df"], table[k, "Resid. Dev"], if (f) table[k, "F"] else table[k, "Deviance"], table[k, last],
        if (!is.null(models)) AIC(models[[k]]) else NA, if (!is.null(models)) BIC(models[[k]]) else NA)
  }
}
by_car <- function(case, kind, table) {
  for (k in which(rownames(table) != "Residuals"))
    say(case, kind, rownames(table)[k], table[k, "Df"], statistic = table[k, if (any(grepl("^F v", colnames(table)))) grep("^F v", colnames(table)) else 1],
        p.value = table[k, ncol(table)])
}
three <- function(case, fit, f) {
  if (f) {
    sequential(case, "type I", anova(fit, test = "F"))
    by_car(case, "type II", Anova(fit, type = 2, test.statistic = "F", error.estimate = "pearson"))
    by_car(case, "type III", Anova(fit, type = 3, test.statistic = "F", error.estimate = "pearson"))
  } else {
    sequential(case, "type I", anova(fit, test = "Chisq", dispersion = 1))
    by_car(case, "type II", Anova(fit, type = 2))
    by_car(case, "type III", Anova(fit, type = 3))
    dropped <- drop1(fit, test = "LRT")
    for (k in seq_len(nrow(dropped)))
      say(case, "drop1", rownames(dropped)[k], dropped[k, "Df"], residual.deviance = dropped[k, "Deviance"],
          statistic = dropped[k, "LRT"], p.value = dropped[k, "Pr(>Chi)"], AIC = dropped[k, "AIC"])
  }
}
options(contrasts = c("contr.sum", "contr.poly"))
three("warpbreaks", glm(breaks ~ wool * tension, poisson, read("warpbreaks"), control = tight), FALSE)
three("warpbreaks_gaussian", glm(breaks ~ wool * tension, gaussian, read("warpbreaks"), control = tight), TRUE)
three("infertility", glm(case ~ age + education * induced + spontaneous, binomial, read("infertility"), control = tight), FALSE)
three("admissions", suppressWarnings(glm(cbind(admitted, applicants - admitted) ~ department * gender, binomial, read("admissions"), control = tight)), FALSE)
three("ships", glm(incidents ~ type + factor(period), poisson, subset(read("ships"), months > 0), offset = log(months), control = tight), FALSE)
three("insurance", glm(average_cost ~ holder_age + car_group * car_age, Gamma("log"), read("car_insurance"), weights = claims, control = tight), TRUE)
three("anorexia", glm(after ~ before * treatment, Gamma("log"), read("anorexia"), control = tight), TRUE)
# car and drop1 estimate a dispersion of a negative binomial with known theta; anova takes the 1 that it is given
sequential("quine", "type I", anova(glm(days ~ ethnicity * sex + age, negative.binomial(1 / 0.7), read("quine"), control = tight), test = "Chisq", dispersion = 1))
nested <- list(
  glm(breaks ~ 1, Gamma("log"), read("warpbreaks"), control = tight),
  glm(breaks ~ wool, Gamma("log"), read("warpbreaks"), control = tight),
  glm(breaks ~ wool * tension, Gamma("log"), read("warpbreaks"), control = tight)
)
sequential("warpbreaks_gamma", "nested", do.call(anova, c(nested, test = "F")), nested)
nested <- list(
  glm(case ~ parity, binomial, read("infertility"), control = tight),
  glm(case ~ poly(parity, 3) + age, binomial, read("infertility"), control = tight)
)
sequential("infertility_poly", "nested", do.call(anova, c(nested, test = "Chisq")), nested)
# terms at the theta of the whole model, nested models each at its own
counts <- lapply(list(days ~ sex, days ~ sex + age), function(formula)
  glm.nb(formula, read("quine"), control = glm.control(epsilon = 1e-14, maxit = 200)))
suppressWarnings(sequential("quine_alpha", "type I", anova(counts[[2]])))
table <- suppressMessages(anova(counts[[1]], counts[[2]]))
say("quine_alpha", "nested", 1, AIC = AIC(counts[[1]]), BIC = BIC(counts[[1]]))
say("quine_alpha", "nested", 2, table[2, "   df"], statistic = table[2, "LR stat."], p.value = table[2, "Pr(Chi)"],
    AIC = AIC(counts[[2]]), BIC = BIC(counts[[2]]))
quasi <- glm(breaks ~ wool * tension, quasipoisson, read("warpbreaks"), control = tight)
sequential("warpbreaks_quasi", "type I", anova(quasi, test = "F"))
by_car("warpbreaks_quasi", "type II", Anova(quasi, type = 2, test.statistic = "F", error.estimate = "pearson"))
classes <- multinom(age ~ sex * ethnicity + days, read("quine"), maxit = 10000, abstol = 0, reltol = 1e-15, trace = FALSE)
invisible(capture.output(two <- Anova(classes, type = 2), three <- Anova(classes, type = 3)))
by_car("quine_classes", "type II", two)
by_car("quine_classes", "type III", three)
