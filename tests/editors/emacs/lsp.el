;;; lsp.el --- The journey's own words for lsp-mode  -*- lexical-binding: t -*-

(setq lsp-auto-guess-root t lsp-enable-file-watchers nil lsp-restart 'ignore
      lsp-response-timeout 90 lsp-enable-snippet nil lsp-diagnostics-provider :flymake
      lsp-session-file (expand-file-name ".lsp-session" (getenv "HOME")))
(require 'turnout-lsp)

(defun start ()
  (lsp-workspace-folders-add (file-name-directory (getenv "FILE")))
  (lsp)
  (until "server" (lambda () (when-let ((workspace (lsp-find-workspace 'turnout nil)))
                               (eq 'initialized (lsp--workspace-status workspace))))))

(defun actions () (lsp-execute-code-action (lsp--select-action (lsp-code-actions-at-point))))

(defun problems ()
  (mapcar (lambda (one) (lsp:diagnostic-message one))
          (apply #'append (hash-table-values (lsp-diagnostics)))))

(defun stop () (lsp-workspace-shutdown (lsp-find-workspace 'turnout nil)))
