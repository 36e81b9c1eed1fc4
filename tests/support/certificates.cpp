#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace pinwire::test {
namespace {

struct close_file {  // fclose's own type has attributes, of which a template argument loses some
    void operator()(FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<FILE, close_file>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using cert_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

key_ptr new_key() {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free};
}

void extend(X509* cert, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (!extension) throw std::runtime_error("certificate extension " + value);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

cert_ptr new_cert(EVP_PKEY* key, const std::string& name, long serial) {
    cert_ptr out(X509_new(), &X509_free);
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    X509_set_pubkey(out.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(out.get()), "CN", MBSTRING_ASC, text, -1, -1, 0
    );
    return out;
}

void write(const std::string& file, X509* cert, EVP_PKEY* key) {
    const file_ptr out(std::fopen(file.c_str(), "w"));
    if (!out) throw std::runtime_error(file);
    PEM_write_X509(out.get(), cert);
    if (key) PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

template <class T>
T* read(const std::string& file, T* (*from)(FILE*, T**, pem_password_cb*, void*)) {
    const file_ptr in(std::fopen(file.c_str(), "r"));
    if (!in) throw std::runtime_error(file);
    return from(in.get(), nullptr, nullptr, nullptr);
}

}  // namespace

certificates::certificates() {
    auto pattern = (std::filesystem::temp_directory_path() / "pinwire-certs-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
    folder_ = pattern;
    const auto key = new_key();
    const auto cert = new_cert(key.get(), "test authority", 1);
    X509_set_issuer_name(cert.get(), X509_get_subject_name(cert.get()));
    extend(cert.get(), cert.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(cert.get(), cert.get(), NID_key_usage, "critical,keyCertSign");
    X509_sign(cert.get(), key.get(), EVP_sha256());
    write(ca_file(), cert.get(), nullptr);
    write(folder_ + "/ca-key.pem", cert.get(), key.get());
}

certificates::~certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string certificates::make(const std::string& dns_name) const {
    const auto both = folder_ + "/ca-key.pem";
    const key_ptr ca_key(read<EVP_PKEY>(both, &PEM_read_PrivateKey), &EVP_PKEY_free);
    const cert_ptr ca(read<X509>(both, &PEM_read_X509), &X509_free);
    const auto key = new_key();
    const auto cert = new_cert(key.get(), dns_name, 2);
    X509_set_issuer_name(cert.get(), X509_get_subject_name(ca.get()));
    extend(cert.get(), ca.get(), NID_subject_alt_name, "DNS:" + dns_name);
    X509_sign(cert.get(), ca_key.get(), EVP_sha256());
    const auto file = folder_ + '/' + dns_name + ".pem";
    write(file, cert.get(), key.get());
    return file;
}

}  // namespace pinwire::test
