
;; Tells dape of the debug adapters of what is installed, once it is loaded.
(defun annexe--ask-adapters ()
  "Return the debug adapters of what is installed, as a list of alists."
  (with-temp-buffer
    (let ((code (ignore-errors
                  (apply #'call-process (car annexe--command) nil (list t nil) nil
                         (append (cdr annexe--command) '("dap" "--list" "--json"))))))
      (goto-char (point-min))
      (when (eql code 0)
        (json-parse-buffer :object-type 'alist :array-type 'list :null-object nil :false-object nil)))))

(defun annexe--use-adapter (row)
  "Add the debug adapter ROW to dape's configurations, unless the user has one of the name."
  (let* ((name (alist-get 'name row))
         (key (intern (concat "annexe-" name)))
         (modes (seq-mapcat (lambda (language) (cdr (assoc language annexe--known-modes)))
                            (alist-get 'languages row))))
    (when (and (equal (alist-get 'kind row) "debug-adapter")
               (alist-get 'enabled row)
               (not (string-prefix-p "-" name))
               (or (annexe--named-p name) (annexe--named-p (alist-get 'extension row)))
               (not (assq key dape-configs)))
      (add-to-list 'dape-configs
                   `(,key
                     modes ,modes
                     command ,(car annexe--command)
                     command-args ,(append (cdr annexe--command)
                                           (list "dap" name "--extension" (alist-get 'extension row)))
                     :type ,name
                     :request "launch"
                     :cwd dape-cwd
                     :program dape-buffer-default)
                   t))))

(with-eval-after-load 'dape
  (condition-case problem
      (mapc #'annexe--use-adapter (annexe--ask-adapters))
    (error (message "annexe: %s" (error-message-string problem)))))
