#include "common/config/certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

#include "common/config/files.hpp"

namespace pinwire::config {
namespace {

struct close_file {  // fclose's own type has attributes, of which a template argument loses some
    void operator()(FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<FILE, close_file>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

// Null: there is none. OpenSSL's queue of errors is left empty.
certificate_ptr first_certificate(const std::filesystem::path& path) {
    const file_ptr file(std::fopen(path.c_str(), "re"));
    certificate_ptr found(nullptr, &X509_free);
    if (file) found.reset(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return found;
}

// A passphrase would be asked of a terminal; nobody sits there.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

binding certificates_file(std::string name, std::filesystem::path& path) {
    auto made = public_file(std::move(name), path);
    made.read = [&path, read = std::move(made.read)](const node& given, const read_context& c) {
        auto wrong = read(given, c);
        if (wrong.empty() && c.options.read_secrets && !first_certificate(path))
            wrong = path.string() + " holds no certificate (PEM)";
        return wrong;
    };
    return made;
}

std::string wrong_with_key(const std::filesystem::path& certificate, const secret& key) {
    const auto clear = key.reveal();
    const bio_ptr memory(BIO_new_mem_buf(clear.data(), static_cast<int>(clear.size())), &BIO_free);
    const key_ptr read(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free
    );
    ERR_clear_error();
    if (!read) return "holds no private key (PEM, without a passphrase)";
    const auto ours = first_certificate(certificate);
    const bool fits = ours && X509_check_private_key(ours.get(), read.get()) == 1;
    ERR_clear_error();
    return fits ? "" : "isn't the key of " + certificate.string();
}

}  // namespace pinwire::config
