;;; eglot.el --- The journey's own words for eglot  -*- lexical-binding: t -*-

(require 'turnout-eglot)
(setq eglot-sync-connect t eglot-connect-timeout 90)

(defun start ()
  (unless (eglot-managed-p) (apply #'eglot (eglot--guess-contact)))
  (until "server" #'eglot-managed-p))

(defun actions () (call-interactively #'eglot-code-actions))

(defun problems ()
  (flymake-start)
  (accept-process-output nil 0.05)
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(defun stop () (eglot-shutdown (eglot-current-server)))
