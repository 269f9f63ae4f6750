;;; turnout-lsp.el --- Turnout in lsp-mode  -*- lexical-binding: t -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; In a buffer of one of `turnout-modes', `M-x lsp' starts Turnout beside the language's own server.
;; Its actions are those of `M-x lsp-execute-code-action'; for what needs words there are
;; `turnout-ask' and `turnout-refactor'.

;;; Code:

(require 'lsp-mode)
(require 'turnout)

(defun turnout-lsp--execute (command arguments)
  "Have COMMAND run with ARGUMENTS in the background."
  (with-lsp-workspace (or lsp--cur-workspace (lsp-find-workspace 'turnout nil)
                          (user-error "Turnout is not running here: M-x lsp"))
    (lsp-request-async "workspace/executeCommand"
                       (list :command command :arguments arguments)
                       #'ignore
                       :mode 'detached
                       :error-handler (lambda (problem)
                                        (message "Turnout: %s" (lsp:json-error-message problem))))))

(defun turnout-lsp--place ()
  "Return the region, else the file."
  (append (lsp--text-document-identifier)
          (when (use-region-p)
            (list :range (lsp--region-to-range (region-beginning) (region-end))))))

(defun turnout-lsp--run (command argument)
  "Have COMMAND run with its ARGUMENT."
  (turnout-lsp--execute command (vector argument)))

(defun turnout-lsp--attach ()
  "Have the commands of `turnout' speak to lsp-mode."
  (setq-local turnout-place-function #'turnout-lsp--place
              turnout-run-function #'turnout-lsp--run))

(defun turnout-lsp--handlers ()
  "Return how the commands of code actions run: in the background too."
  (let ((handlers (make-hash-table :test 'equal)))
    (dolist (name '("review" "explain" "refactor" "fix" "tests" "docs" "apply" "dismiss" "comment"))
      (puthash (concat "turnout." name)
               (lambda (action)
                 (turnout-lsp--execute (lsp:command-command action)
                                       (lsp:command-arguments? action)))
               handlers))
    handlers))

(defun turnout-lsp--show (workspace params)
  "Show in WORKSPACE the answer, or the edit, that PARAMS holds."
  (turnout-show (lsp-get params :title) (lsp-get params :text) (lsp-get params :proposal)
                (lambda (command argument)
                  (with-lsp-workspace workspace
                    (turnout-lsp--execute command (vector argument))))))

(add-hook 'lsp-managed-mode-hook #'turnout-lsp--attach)

(dolist (mode turnout-modes)
  (add-to-list 'lsp-language-id-configuration mode))

(lsp-register-client
 (make-lsp-client :new-connection (lsp-stdio-connection (lambda () turnout-command))
                  :major-modes (mapcar #'car turnout-modes)
                  :server-id 'turnout
                  :add-on? t
                  :custom-capabilities '((experimental . ((turnout . ((document . t))))))
                  :notification-handlers (lsp-ht ("turnout/document" #'turnout-lsp--show))
                  :action-handlers (turnout-lsp--handlers)))

(provide 'turnout-lsp)
;;; turnout-lsp.el ends here
