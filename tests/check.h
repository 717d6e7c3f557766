/* What every cmocka program includes, in the order cmocka wants. */
#ifndef RECTO_TESTS_CHECK_H
#define RECTO_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
