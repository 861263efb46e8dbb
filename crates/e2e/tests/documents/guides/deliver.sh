trustpack ca create --ca my-ca 'Example CA'
trustpack cert issue web1.example.com --ca my-ca
