# The CA that issues for the table.
trustpack ca create --ca my-ca 'Example CA'
