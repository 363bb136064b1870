/* The functions of GM/T 0018 that libkaguan_sdf_soft has, and their types. Numbers: data/sdf_error_codes.csv. */
#ifndef KAGUAN_SDF_H
#define KAGUAN_SDF_H

typedef struct { unsigned int bits; unsigned char x[64]; unsigned char y[64]; } ECCrefPublicKey;
typedef struct { unsigned char r[64]; unsigned char s[64]; } ECCSignature;
typedef struct {
    unsigned char IssuerName[40], DeviceName[16], DeviceSerial[16];
    unsigned int DeviceVersion, StandardVersion, AsymAlgAbility[2], SymAlgAbility, HashAlgAbility, BufferSize;
} DEVICEINFO;

#define SDR_OK 0
#define SGD_SM4_ECB 0x00000401
#define SGD_SM4_CBC 0x00000402
#define SGD_SM4_MAC 0x00000410
#define SGD_SM3 0x00000001
#define SGD_SM2_1 0x00020200

int SDF_OpenDevice(void **device);
int SDF_CloseDevice(void *device);
int SDF_OpenSession(void *device, void **session);
int SDF_CloseSession(void *session);
int SDF_GetDeviceInfo(void *session, DEVICEINFO *info);
int SDF_GenerateRandom(void *session, unsigned int length, unsigned char *random);
int SDF_GetPrivateKeyAccessRight(void *session, unsigned int index, unsigned char *password, unsigned int length);
int SDF_ReleasePrivateKeyAccessRight(void *session, unsigned int index);
int SDF_ExportSignPublicKey_ECC(void *session, unsigned int index, ECCrefPublicKey *key);
int SDF_InternalSign_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length, ECCSignature *signature);
int SDF_InternalVerify_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length, ECCSignature *signature);
int SDF_ExternalVerify_ECC(void *session, unsigned int algorithm, ECCrefPublicKey *key, unsigned char *data, unsigned int length, ECCSignature *signature);
int SDF_ImportKeyWithKEK(void *session, unsigned int algorithm, unsigned int kek, unsigned char *key, unsigned int length, void **handle);
int SDF_DestroyKey(void *session, void *handle);
int SDF_Encrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data, unsigned int length, unsigned char *out, unsigned int *out_length);
int SDF_Decrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data, unsigned int length, unsigned char *out, unsigned int *out_length);
int SDF_CalculateMAC(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data, unsigned int length, unsigned char *mac, unsigned int *mac_length);
int SDF_HashInit(void *session, unsigned int algorithm, ECCrefPublicKey *key, unsigned char *id, unsigned int id_length);
int SDF_HashUpdate(void *session, unsigned char *data, unsigned int length);
int SDF_HashFinal(void *session, unsigned char *digest, unsigned int *length);

#endif
